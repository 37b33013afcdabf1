"""A store for one test, and the settings of workers that share it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from services import MLFLOW_PASSWORD, RunningStack

from evenkeel.settings import Settings
from evenkeel.stack.mlflow_login import NAME
from evenkeel.store import Store


@pytest.fixture
def own_store(tmp_path: Path) -> Iterator[Store]:
    store = Store(f"sqlite:///{tmp_path}/lab.db")
    store.migrate()
    yield store
    store.close()


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
