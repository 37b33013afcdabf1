"""MLflow's client, and the calls that the mirror makes with it."""

import os
from collections.abc import Sequence
from typing import Any

import mlflow
from mlflow.entities import Dataset, Metric, Param, Run, ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from mlflow.tracking import MlflowClient

from evenkeel.records.rows import Epoch
from evenkeel.records.status import Status
from evenkeel.settings import Settings

PAGE = 1000

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


def search_runs(client: MlflowClient, experiment_ids: Sequence[str], condition: str) -> list[Run]:
    """The runs of these experiments that are not deleted and that meet the condition."""
    found, token = list[Run](), None
    while token != "":
        page = client.search_runs(list(experiment_ids), condition, ViewType.ACTIVE_ONLY, PAGE, page_token=token)
        found += page
        token = page.token or ""
    return found


def has_tag(name: str, value: str) -> str:
    """The condition that a run has a tag with this value."""
    return f"tags.`{name}` = '{value}'"


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
