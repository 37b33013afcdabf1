"""The MLflow client, set up so that a pass can be broken off and repeated."""

import os
from collections.abc import Sequence
from typing import Any

import mlflow
from mlflow.entities import Metric, Param, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from evenkeel.settings import Settings

POINTS_A_CALL = 1000  # MLflow takes no more


class MlflowAway(Exception):
    """The server cannot be reached; nothing is lost, the next pass goes on."""


def is_away(error: MlflowException) -> bool:
    """Whether it is the server that failed, and not what was asked of it."""
    return not error.error_code or error.error_code in ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE")


def make_client(settings: Settings) -> MlflowClient:
    """With a name and a password where the settings have them: MLflow's client takes those from the environment."""
    if settings.mlflow_username and settings.mlflow_password:
        os.environ["MLFLOW_TRACKING_USERNAME"] = settings.mlflow_username
        os.environ["MLFLOW_TRACKING_PASSWORD"] = settings.mlflow_password.get_secret_value()
    mlflow.set_tracking_uri(settings.mlflow_url)
    return MlflowClient(settings.mlflow_url)


def create_run(client: MlflowClient, experiment_id: str, name: str, start_ms: int, tags: dict[str, str]) -> str:
    made = client.create_run(experiment_id, start_time=start_ms, tags=tags, run_name=name)
    return str(made.info.run_id)


def search_runs(client: MlflowClient, experiment_id: str, tag: str, value: str) -> list[str]:
    """Ids of the runs that are not deleted and have the tag."""
    found = client.search_runs([experiment_id], f"tags.`{tag}` = '{value}'", ViewType.ACTIVE_ONLY)
    return [str(run.info.run_id) for run in found]


def to_params(values: dict[str, Any]) -> list[Param]:
    return [Param(name, str(value)) for name, value in values.items()]


def log_points(client: MlflowClient, run_id: str, points: Sequence[Metric]) -> None:
    """Values of metrics, each at its step; in as many calls as it takes."""
    for start in range(0, len(points), POINTS_A_CALL):
        client.log_batch(run_id, metrics=points[start : start + POINTS_A_CALL])
