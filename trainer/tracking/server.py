"""MLflow's client, and the calls that the mirror makes with it."""

import os
from collections.abc import Sequence
from typing import Any

import mlflow
from mlflow.entities import Dataset, Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.tracking import MlflowClient

from evenkeel.records.rows import Epoch
from evenkeel.records.status import Status
from evenkeel.settings import Settings

POINTS_A_CALL = 1000  # MLflow accepts no more, params and tags included

MLFLOW_STATUS = {
    Status.QUEUED: "SCHEDULED",
    Status.RUNNING: "RUNNING",
    Status.PAUSED: "SCHEDULED",
    Status.FINISHED: "FINISHED",
    Status.FAILED: "FAILED",
    Status.CANCELLED: "KILLED",
}


def is_away(error: MlflowException) -> bool:
    """Whether the server itself failed. False if it refused the request."""
    return not error.error_code or error.error_code in ("INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE")


def make_client(settings: Settings) -> MlflowClient:
    """A client of the MLflow server that the settings name.

    If the settings have a user name and a password, this sets them as environment variables, since MLflow's client
    reads them from there.
    """
    if settings.mlflow_username and settings.mlflow_password:
        os.environ["MLFLOW_TRACKING_USERNAME"] = settings.mlflow_username
        os.environ["MLFLOW_TRACKING_PASSWORD"] = settings.mlflow_password.get_secret_value()
    mlflow.set_tracking_uri(settings.mlflow_url)
    return MlflowClient(settings.mlflow_url)


def create_run(client: MlflowClient, experiment_id: str, name: str, start_ms: int, tags: dict[str, str]) -> str:
    """Create a run. Returns its id in MLflow."""
    made = client.create_run(experiment_id, start_time=start_ms, tags=tags, run_name=name)
    return str(made.info.run_id)


def search_runs(client: MlflowClient, experiment_id: str, tag: str, value: str) -> list[str]:
    """The ids of the runs that have the tag with that value and are not deleted."""
    found = client.search_runs([experiment_id], f"tags.`{tag}` = '{value}'", ViewType.ACTIVE_ONLY)
    return [str(run.info.run_id) for run in found]


def delete_artifact(client: MlflowClient, run_id: str, path: str) -> None:
    """Delete a file of a run."""
    uri = str(client.get_run(run_id).info.artifact_uri)
    repository: Any = get_artifact_repository(uri, tracking_uri=client.tracking_uri)
    repository.delete_artifacts(path)


def to_params(values: dict[str, Any]) -> list[Param]:
    return [Param(name, str(value)) for name, value in values.items()]


def to_points(epoch: Epoch, model_id: str | None = None, dataset: Dataset | None = None) -> list[Metric]:
    """The values that were measured in the epoch, and its duration in seconds. Unknown values are left out.

    Args:
        model_id: The model that measures this; None if none is logged.
        dataset: What it was measured on.
    """
    values = {**epoch.values, "epoch_seconds": epoch.epoch_seconds}
    about = {"model_id": model_id} if model_id else {}
    if model_id and dataset:
        about |= {"dataset_name": dataset.name, "dataset_digest": dataset.digest}
    return [
        Metric(name, value, epoch.logged_ms, epoch.epoch, **about)
        for name, value in values.items()
        if value is not None
    ]


def log_all(
    client: MlflowClient, run_id: str, points: Sequence[Metric], params: list[Param], tags: list[RunTag]
) -> None:
    """Log values of metrics, and up to 100 params and 100 tags. Those go along with the last values, since each call
    takes as long as many values."""
    room = POINTS_A_CALL - len(params) - len(tags)
    last = max(0, len(points) - room)
    log_points(client, run_id, points[:last])
    client.log_batch(run_id, metrics=points[last:], params=params, tags=tags)


def log_points(client: MlflowClient, run_id: str, points: Sequence[Metric]) -> None:
    """Log values of metrics, each at its step. One call can send 1,000 values, so many values take several calls."""
    for start in range(0, len(points), POINTS_A_CALL):
        client.log_batch(run_id, metrics=points[start : start + POINTS_A_CALL])
