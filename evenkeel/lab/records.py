"""Rows of the store as frozen values. Times are milliseconds since 1970 (UTC)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.grids.cell import Cell, read_cell
from evenkeel.grids.levels import cell_name
from evenkeel.grids.sharing import Device
from evenkeel.lab.keys import Role
from evenkeel.lab.status import Status
from evenkeel.plugins import Outcome


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
    """One run with the experiment and cell it belongs to. stored_levels: its cell's, less what equals the defaults.
    epochs: that it is to train; num_epochs: trained in its current attempt."""

    id: str
    experiment: str
    cell_id: int
    cell_hash: str
    task: str
    stored_levels: dict[str, Any]
    epochs: int
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
        """Raises UnreadableCell."""
        return read_cell(self.task, self.stored_levels)

    @property
    def cell_name(self) -> str:
        """With the hash that was stored: a cell of an earlier version of its task keeps its name. Raises
        UnreadableCell."""
        cell = self.cell
        return cell_name(cell.task, cell.levels, self.cell_hash)

    @property
    def levels(self) -> dict[str, Any]:
        """Every level, defaults included."""
        return self.cell.levels


@dataclass(frozen=True)
class Epoch:
    """What one epoch of one run measured. epoch: from 1. values: metric -> value, None where it is not known."""

    run_id: str
    epoch: int
    values: Mapping[str, float | None]
    epoch_seconds: float
    logged_ms: int


@dataclass(frozen=True)
class CellRow:
    """A cell of one experiment, unvalidated: summaries read thousands. levels: those that are not the defaults."""

    id: int
    experiment: str
    hash: str
    task: str
    levels: dict[str, Any]


@dataclass(frozen=True)
class SeedRun:
    """A run as its cell's statistics see it. curves: metric or 'epoch_seconds' -> (num_epochs,), NaN where it was not
    measured; {} before its first epoch, and a metric that it never measured may be missing."""

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
