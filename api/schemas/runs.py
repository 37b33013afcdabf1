"""What the API answers about runs."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, create_model

from evenkeel.lab.one_run import RunChanged
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.records.attempts import Attempt
from evenkeel.records.imports import Origin
from evenkeel.records.left_out import LeftOut
from evenkeel.records.status import Status

__all__ = ["Checkpoint", "EpochRow", "RunBrief", "RunChanged", "RunDetail", "epoch_row"]


class RunBrief(BaseModel):
    id: str = Field(description="Id of the run.")
    experiment: str = Field(description="Name of the experiment.")
    cell: str = Field(description="Name of the cell; the hash of the cell if it cannot be read.")
    seed: int = Field(description="Seed of the run.")
    status: Status = Field(description="Status of the run.")
    outcome: Outcome | None = Field(description="How the training ended; null until the run has finished.")
    attempt: int = Field(description="Number of the attempt to train the run; 0 before the first.")
    num_epochs: int = Field(
        description="Number of epochs trained so far, also by the attempts that this one goes on from."
    )
    epochs: int = Field(description="Number of epochs that the run is meant to train.")
    diverged_epoch: int | None = Field(description="Epoch in which the run diverged; null if it did not diverge.")
    error: str | None = Field(description="Why the run failed, or why its last attempt ended.")
    worker: str | None = Field(description="Name of the worker that trains the run, or trained it.")
    mlflow_run_id: str | None = Field(description="Id of the run in MLflow; null until it is copied there.")
    cell_hash: str = Field(description="Hash of the cell.")
    left_out: LeftOut | None = Field(description="Why the cell cannot be read here; null if it can be read.")


class EpochRow(RootModel[dict[str, int | float | None]]):
    """An epoch. `epoch_row` describes its keys, which are the metrics of its task among others."""


def epoch_row(tasks: Mapping[str, Task]) -> type[BaseModel]:
    """The type that describes an epoch, with the metrics of all tasks.

    An epoch leaves out a metric that was not measured, or that belongs to another task. A diagnostic that was not
    measured is null. An epoch of an imported run leaves out its times if they are not known.
    """
    found = [metric for task in tasks.values() for metric in task.metrics]
    # If tasks disagree on a metric, it is described as a diagnostic, which may be null.
    metrics = {metric.name: metric for metric in sorted(found, key=lambda metric: metric.diagnostic)}
    measured = {name: _column(metric) for name, metric in metrics.items() if not metric.diagnostic}
    diagnostics = {name: _column(metric) for name, metric in metrics.items() if metric.diagnostic}
    fields: dict[str, Any] = {
        "epoch": (int, Field(description="Number of the epoch, from 1. It is the step in MLflow.")),
        **measured,
        "epoch_seconds": (float, _maybe("Wall-clock time of the epoch in seconds, validation included.")),
        "logged_ms": (int, _maybe("When the epoch was logged, in ms since 1970.")),
        **diagnostics,
    }
    # A task that is not known here has metrics with other names.
    made: type[BaseModel] = create_model("EpochRow", __config__=ConfigDict(extra="allow"), **fields)
    return made


def _column(metric: Metric) -> tuple[Any, Any]:
    return float | None if metric.diagnostic else float, _maybe(metric.description)


def _maybe(description: str) -> Any:
    """A field that may be missing. With a factory, the description of the API rightly names no default."""
    return Field(default_factory=lambda: None, description=description)


class Checkpoint(BaseModel):
    epoch: int = Field(description="Epoch after which it was written.")
    path: str = Field(description="Path of the file on the worker. GET /runs/{run_id}/checkpoint sends the file.")
    sha256: str = Field(description="SHA-256 of the file, in hex.")
    num_bytes: int | None = Field(None, description="Size of the file in bytes; null if the API cannot see the file.")


class RunDetail(RunBrief):
    spec: dict[str, Any] = Field(
        description="Every level, and the seed. If the cell cannot be read, the levels are as they are stored."
    )
    code_version: str | None = Field(description="Version of the code that trained the run.")
    crashes: int = Field(
        description="Number of attempts that went wrong since the last new checkpoint. Too many of them fail the run."
    )
    created_ms: int = Field(
        description="When the run was posted, or queued again after it was cancelled, in ms since 1970."
    )
    started_ms: int | None = Field(description="When this attempt began, in ms since 1970.")
    ended_ms: int | None = Field(description="When the run ended, in ms since 1970.")
    checkpoint: Checkpoint | None = Field(description="The newest checkpoint; null if there is none yet.")
    dataset_hash: str | None = Field(description="Hash of the data that the run learned from.")
    arithmetic: str | None = Field(
        description="Hash of what this attempt computes with; null if that is not known. Runs with the same spec and "
        "the same hash have the same numbers."
    )
    attempts: list[Attempt] = Field(description="Every attempt to train the run, oldest first.")
    history: list[EpochRow] = Field(
        description="Every epoch so far, also those of earlier attempts that this attempt goes on from."
    )
    says: str = Field("", description="How far the run is, or how it ended, in a sentence.")
    eta_seconds: float | None = Field(
        None, description="Expected time left, in seconds; null if it does not train, or has no epoch yet."
    )
    mlflow_url: str | None = Field(None, description="Its page in the MLflow UI; null until it was copied to MLflow.")
    what_helps: str = Field("", description="What helps if the run has failed; else empty.")
    would_recur: bool = Field(
        False, description="Whether it has failed, and would fail in the same way again if nothing is changed first."
    )
    imported: Origin | None = Field(
        description="Where the run was trained, if it was imported; null if the lab itself has it to train."
    )
