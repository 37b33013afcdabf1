"""What the API answers of experiments and runs, every field described."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lab.sharing import MAX_PRIORITY, MIN_PRIORITY, Device
from lab.status import Outcome, Status


class RunCounts(BaseModel):
    total: int = Field(description="Runs in all.")
    status: dict[Status, int] = Field(description="Runs by where they stand.")
    outcome: dict[Outcome, int] = Field(description="Finished runs by how their training came out.")


class CellPlan(BaseModel):
    cell: str = Field(description="Label: arch-norm-init and whatever else varies.")
    hash: str = Field(description="Identity of the cell, from its levels.")
    levels: dict[str, Any] = Field(description="Every level, defaults included.")
    num_parameters: int = Field(description="Learnable parameters of its network.")


class GridPlan(BaseModel):
    name: str = Field(description="The experiment.")
    cells: list[CellPlan] = Field(description="The cells that the grid stands for.")
    seeds: list[int] = Field(description="The seeds, once each per cell.")
    num_runs: int = Field(description="Cells times seeds.")
    num_new: int = Field(description="Runs that do not exist yet.")


class ExperimentPosted(BaseModel):
    name: str = Field(description="The experiment.")
    created: int = Field(description="Runs that this request made.")
    existing: int = Field(description="Runs of the grid that were there before.")
    num_cells: int = Field(description="Cells of the posted grid.")
    broker: Literal["rung", "away"] = Field(
        description="'away': the broker could not be reached; the runs are stored and start when it is back."
    )
    waits_for: str | None = Field(description="What keeps the runs waiting: no worker could train them now; else null.")
    url: str = Field(description="Where the experiment can be followed.")


class ExperimentBrief(BaseModel):
    name: str = Field(description="The experiment.")
    created_ms: int = Field(description="When it was first posted, in ms since 1970.")
    priority: int = Field(description="Of two experiments with queued runs the higher goes first.")
    max_running: int | None = Field(description="Most of its runs that train at once; null for no limit.")
    device: Device = Field(description="Where its runs may train.")
    num_cells: int = Field(description="Its cells.")
    num_runs: RunCounts = Field(description="Its runs.")


class ExperimentDetail(ExperimentBrief):
    eta_seconds: float | None = Field(description="Expected time left; null before an epoch was measured.")
    mlflow_url: str | None = Field(description="Its page in the MLflow UI; null until it was mirrored.")
    seeds: list[int] = Field(description="Every seed that some cell is trained with.")
    epochs_done: int = Field(description="Epochs trained so far in the current attempts.")
    epochs_total: int = Field(description="Epochs of all its runs.")


class SharingChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    priority: int | None = Field(None, strict=True, ge=MIN_PRIORITY, le=MAX_PRIORITY, description="0 is usual.")
    max_running: int | None = Field(
        None, strict=True, ge=0, le=10_000, description="Most of its runs that train at once; 0 for no limit."
    )
    device: Device | None = Field(None, description="Where its queued runs may train.")


class RunBrief(BaseModel):
    id: str = Field(description="The run.")
    experiment: str = Field(description="The experiment.")
    cell: str = Field(description="Its cell's label.")
    seed: int = Field(description="Its seed.")
    status: Status = Field(description="Where it stands.")
    outcome: Outcome | None = Field(description="How its training came out; null until it finished.")
    attempt: int = Field(description="Which go at it this is; 0 before the first.")
    num_epochs: int = Field(description="Epochs trained in this attempt.")
    epochs: int = Field(description="Epochs that it is to train.")
    diverged_epoch: int | None = Field(description="The epoch in which a loss was no longer finite.")
    error: str | None = Field(description="Why it failed, or why its last attempt ended.")
    worker: str | None = Field(description="Who trains or trained it.")
    mlflow_run_id: str | None = Field(description="The run in MLflow; null until mirrored.")


class EpochRow(BaseModel):
    epoch: int = Field(description="From 1; MLflow's step.")
    train_accuracy: float = Field(description="Mean over the epoch's batches as they were met, in [0, 1].")
    val_accuracy: float = Field(description="After the epoch, in [0, 1].")
    train_loss: float = Field(description="Cross-entropy, nats.")
    val_loss: float = Field(description="Cross-entropy, nats.")
    epoch_seconds: float = Field(description="Wall-clock time, validation included.")
    logged_ms: int = Field(description="When, in ms since 1970.")
    grad_norm_mean: float | None = Field(description="2-norm of the gradient, mean over steps; null if not finite.")
    grad_norm_max: float | None = Field(description="The same, largest.")
    update_ratio: float | None = Field(description="Norm of a step's change over that of the weights, mean.")
    loss_jump: float | None = Field(description="Largest rise of the loss from one step to the next, nats.")
    dead_units: float | None = Field(description="Share of units never positive, in the worst layer.")


class RunDetail(RunBrief):
    spec: dict[str, Any] = Field(description="Every level and the seed.")
    code_version: str | None = Field(description="The code that trained it.")
    crashes: int = Field(description="Attempts that ended without the training's own fault.")
    created_ms: int = Field(description="When it was posted.")
    started_ms: int | None = Field(description="When this attempt began.")
    ended_ms: int | None = Field(description="When it ended.")
    checkpoint: dict[str, Any] | None = Field(description="The newest: epoch, path on the worker, sha256.")
    dataset_hash: str | None = Field(description="Of the content that it learned from.")
    history: list[EpochRow] = Field(description="Every epoch of this attempt so far.")


class Cancelled(BaseModel):
    cancelled: int = Field(description="Queued runs, cancelled now.")
    stopping: int = Field(description="Running ones, asked to stop; cancelled within seconds.")


class Retried(BaseModel):
    queued: int = Field(description="Failed and cancelled runs that were queued again.")


class Check(BaseModel):
    ok: bool = Field(description="Whether it can be used.")
    detail: str = Field(description="What was seen, or what is missing.")


class WorkerView(BaseModel):
    name: str = Field(description="The worker.")
    device: str = Field(description="What it trains on, as torch names it; 'starting' until that is known.")
    slots: int = Field(description="Runs that it trains side by side.")
    problem: str | None = Field(description="What keeps it from training; null if nothing does.")
    seen_seconds_ago: float = Field(description="When it last said that it lives.")
    code_version: str = Field(description="The code that it runs.")
    epochs: int = Field(description="Epochs trained since it started.")
    epoch_seconds: float = Field(description="What they took together.")
    gpu_used_bytes: int | None = Field(description="Of its GPUs' memory, all processes' together; null without a GPU.")
    gpu_total_bytes: int | None = Field(description="Of its GPUs' memory; null without a GPU.")


class Readiness(BaseModel):
    ready: bool = Field(description="All of the checks.")
    checks: dict[str, Check] = Field(description="store, broker, mlflow, workers.")
