"""Rows of the store as frozen values. Times are milliseconds since 1970 (UTC)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.cell import Cell, RunSpec, read_cell
from lab.keys import Role
from lab.sharing import Device
from lab.status import Outcome, Status


@dataclass(frozen=True)
class Experiment:
    id: int
    name: str
    created_ms: int
    mlflow_experiment_id: str | None
    priority: int
    max_running: int | None
    device: Device


@dataclass(frozen=True)
class Run:
    """One run with the experiment and cell it belongs to. stored_levels: its cell's, less what equals the defaults."""

    id: str
    experiment: str
    cell_id: int
    cell_hash: str
    stored_levels: dict[str, Any]
    seed: int
    status: Status
    outcome: Outcome | None
    attempt: int
    crashes: int
    num_epochs: int
    diverged_epoch: int | None
    error: str | None
    worker: str | None
    code_version: str | None
    posted_by: str
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    checkpoint_epoch: int | None
    checkpoint_path: str | None
    checkpoint_sha256: str | None
    dataset_hash: str | None
    version: int
    mirrored_attempt: int
    mirrored_epoch: int
    mirrored_checkpoint: int
    mlflow_run_id: str | None

    @property
    def cell(self) -> Cell:
        return read_cell(self.stored_levels)

    @property
    def levels(self) -> dict[str, Any]:
        """Every level, defaults included."""
        return self.cell.model_dump(mode="json")

    @property
    def spec(self) -> RunSpec:
        return RunSpec(cell=self.cell, seed=self.seed)


@dataclass(frozen=True)
class Epoch:
    """What one epoch of one run measured. Accuracies in [0, 1], losses in nats, `epoch` counts from 1."""

    run_id: str
    epoch: int
    train_accuracy: float
    val_accuracy: float
    train_loss: float
    val_loss: float
    epoch_seconds: float
    logged_ms: int
    grad_norm_mean: float | None = None
    grad_norm_max: float | None = None
    update_ratio: float | None = None
    loss_jump: float | None = None
    dead_units: float | None = None


@dataclass(frozen=True)
class CellRow:
    """A cell of one experiment, unvalidated: summaries read thousands. levels: those that are not the defaults."""

    id: int
    experiment: str
    hash: str
    levels: dict[str, Any]


@dataclass(frozen=True)
class SeedRun:
    """A run as its cell's statistics see it. curves: metric -> (num_epochs,), NaN where it was not measured."""

    id: str
    cell_id: int
    seed: int
    status: Status
    outcome: Outcome | None
    diverged_epoch: int | None
    dataset_hash: str | None
    curves: Mapping[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Tally:
    """Runs of one cell that have a status and an outcome in common. epochs: that each is to train. num_epochs: trained
    by all of them in their current attempts; seconds: what those took."""

    cell_id: int
    epochs: int
    status: Status
    outcome: Outcome | None
    runs: int
    num_epochs: int
    seconds: float


@dataclass(frozen=True)
class Claim:
    """The right to work on a run: valid while the store's `attempt` is this one."""

    run_id: str
    attempt: int
    spec: RunSpec


class Lease(StrEnum):
    HELD = "held"
    CANCEL = "cancel"
    LOST = "lost"


@dataclass(frozen=True)
class Worker:
    """device: as torch names it, or 'starting'. problem: what keeps it from training. epochs, epoch_seconds: trained
    since it started. gpu_*_bytes: of the memory of its GPUs, None without one."""

    name: str
    slots: int
    device: str
    code_version: str
    seen_ms: int
    problem: str | None = None
    epochs: int = 0
    epoch_seconds: float = 0.0
    gpu_used_bytes: int | None = None
    gpu_total_bytes: int | None = None


@dataclass(frozen=True)
class Taker:
    """Who asks for a run to train, on what kind of device, and which datasets lie prepared there: (name, size)."""

    worker: str
    code_version: str
    kind: Device = Device.CPU
    prepared: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class ApiKey:
    id: str
    name: str
    role: Role
    hash: str
    created_ms: int
    revoked_ms: int | None


@dataclass(frozen=True)
class Ensured:
    """What posting a grid came to: the runs it made, and how many of its runs there were before. earlier: how many the
    same post made when it came the first time, where this one was a repeat under its Idempotency-Key."""

    created: list[str]
    existing: int
    earlier: int | None = None

    @property
    def num_created(self) -> int:
        return len(self.created) if self.earlier is None else self.earlier
