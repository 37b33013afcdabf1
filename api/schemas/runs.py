"""What the API answers of runs, every field described."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.left_out import LeftOut
from evenkeel.lab.status import Status
from evenkeel.plugins import Metric, Outcome, Task


class RunBrief(BaseModel):
    id: str = Field(description="The run.")
    experiment: str = Field(description="The experiment.")
    cell: str = Field(description="Its cell's name; the hash if the cell cannot be read.")
    seed: int = Field(description="Its seed.")
    status: Status = Field(description="Where it stands.")
    outcome: Outcome | None = Field(description="How its training came out; null until it finished.")
    attempt: int = Field(description="Which go at it this is; 0 before the first.")
    num_epochs: int = Field(description="Epochs trained in this attempt.")
    epochs: int = Field(description="Epochs that it is to train.")
    diverged_epoch: int | None = Field(description="The epoch in which it diverged; null if it did not.")
    error: str | None = Field(description="Why it failed, or why its last attempt ended.")
    worker: str | None = Field(description="Who trains or trained it.")
    mlflow_run_id: str | None = Field(description="The run in MLflow; null until mirrored.")
    cell_hash: str = Field(description="Its cell's hash.")
    left_out: LeftOut | None = Field(description="Why its cell cannot be read here; null if it can.")


def epoch_row(tasks: Mapping[str, Task]) -> type[BaseModel]:
    """An epoch with every metric of some task. What was not measured, or is another task's, is left out; of a
    diagnostic it is null."""
    metrics = {metric.name: metric for task in tasks.values() for metric in task.metrics}
    measured = {name: _column(metric) for name, metric in metrics.items() if not metric.diagnostic}
    diagnostics = {name: _column(metric) for name, metric in metrics.items() if metric.diagnostic}
    fields: dict[str, Any] = {
        "epoch": (int, Field(description="From 1; MLflow's step.")),
        **measured,
        "epoch_seconds": (float, Field(description="Wall-clock time, validation included.")),
        "logged_ms": (int, Field(description="When, in ms since 1970.")),
        **diagnostics,
    }
    # A task that is not known here has metrics of other names.
    made: type[BaseModel] = create_model("EpochRow", __config__=ConfigDict(extra="allow"), **fields)
    return made


def _column(metric: Metric) -> tuple[Any, Any]:
    # By a factory, so that the API's description names no default: a row without it has no such key.
    about: Any = Field(default_factory=lambda: None, description=metric.description)
    return float | None if metric.diagnostic else float, about


if TYPE_CHECKING:
    EpochRow = BaseModel
else:
    EpochRow = epoch_row(known_tasks())


class Checkpoint(BaseModel):
    epoch: int = Field(description="After which it was written.")
    path: str = Field(description="Where it is on the worker; GET /runs/{run_id}/checkpoint sends it.")
    sha256: str = Field(description="Of the file, in hex.")


class RunDetail(RunBrief):
    spec: dict[str, Any] = Field(
        description="Every level and the seed; of a cell that cannot be read, the levels as they are stored."
    )
    code_version: str | None = Field(description="The code that trained it.")
    crashes: int = Field(description="Attempts that ended without the training's own fault.")
    created_ms: int = Field(description="When it was posted.")
    started_ms: int | None = Field(description="When this attempt began.")
    ended_ms: int | None = Field(description="When it ended.")
    checkpoint: Checkpoint | None = Field(description="The newest; null if there is none yet.")
    dataset_hash: str | None = Field(description="Of the content that it learned from.")
    history: list[EpochRow] = Field(description="Every epoch of this attempt so far.")
