"""The MLflow client, set up so that a pass can be broken off and repeated."""

from typing import Any

import mlflow
from mlflow.entities import Param, ViewType
from mlflow.tracking import MlflowClient


def make_client(url: str) -> MlflowClient:
    mlflow.set_tracking_uri(url)
    return MlflowClient(url)


def create_run(client: MlflowClient, experiment_id: str, name: str, start_ms: int, tags: dict[str, str]) -> str:
    made = client.create_run(experiment_id, start_time=start_ms, tags=tags, run_name=name)
    return str(made.info.run_id)


def search_runs(client: MlflowClient, experiment_id: str, tag: str, value: str) -> list[str]:
    """Ids of the runs that are not deleted and have the tag."""
    found = client.search_runs([experiment_id], f"tags.`{tag}` = '{value}'", ViewType.ACTIVE_ONLY)
    return [str(run.info.run_id) for run in found]


def to_params(values: dict[str, Any]) -> list[Param]:
    return [Param(name, str(value)) for name, value in values.items()]
