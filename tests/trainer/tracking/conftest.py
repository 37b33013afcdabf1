"""The settings of workers that share a store."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from services import MLFLOW_PASSWORD, RunningStack

from evenkeel.settings import Settings
from evenkeel.stack.mlflow_login import NAME


@pytest.fixture
def settings_of(stack: RunningStack) -> Callable[[str, Path], Settings]:
    """The settings of a worker with this name and this folder, and a real MLflow."""
    return lambda worker, folder: Settings(
        mlflow_url=stack.mlflow_url,
        mlflow_username=NAME,
        mlflow_password=SecretStr(MLFLOW_PASSWORD),
        worker_name=worker,
        data_dir=folder,
    )
