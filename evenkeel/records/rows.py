"""Rows of the store as frozen values. Times are milliseconds since 1970 (UTC)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evenkeel.grids.cell import Cell, read_cell
from evenkeel.grids.levels import cell_name
from evenkeel.grids.replication import PostedRule
from evenkeel.grids.sharing import Device
from evenkeel.plugins import Outcome
from evenkeel.records.status import Status


@dataclass(frozen=True)
class Experiment:
    id: int
    name: str
    created_ms: int
    mlflow_experiment_id: str | None
    priority: int
    max_running: int | None
    device: Device
    paused: bool = False
    threads: int = 1
    # The rule by which the lab adds seeds, whether it has yet to stop, and why.
    rule: PostedRule | None = None
    rule_going: bool = False
    rule_says: str = ""
    # What people wrote about it, in Markdown, and the words to find it by.
    note: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Run:
    """One run, with the experiment and the cell that it belongs to.

    Attributes:
        stored_levels: the levels of its cell that differ from the defaults.
        epochs: number of epochs that it trains in all.
        num_epochs: number of epochs that its current attempt has trained.
        arithmetic: a hash of what its current attempt computes with; None if that is not known.
        plugins: the packages that its cell was posted with, such as 'lab-nets==0.1.0'; None if it needs none.
    """

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
    arithmetic: str | None
    version: int
    mirrored_attempt: int
    mirrored_epoch: int
    mirrored_checkpoint: int
    mlflow_run_id: str | None
    plugins: str | None = None

    @property
    def cell(self) -> Cell:
        """Its cell. Raises UnreadableCell."""
        return read_cell(self.task, self.stored_levels)

    @property
    def cell_name(self) -> str:
        """The name of its cell. It is made with the stored hash, so that a cell of an earlier version of its task keeps
        its name. Raises UnreadableCell."""
        cell = self.cell
        return cell_name(cell.task, cell.levels, self.cell_hash)

    @property
    def levels(self) -> dict[str, Any]:
        """Every level of its cell, defaults included. Raises UnreadableCell."""
        return self.cell.levels


@dataclass(frozen=True)
class Epoch:
    """What one epoch of one run measured. `epoch` counts from 1. `values` maps a metric to its value, or to None if the
    value is not known."""

    run_id: str
    epoch: int
    values: Mapping[str, float | None]
    epoch_seconds: float
    logged_ms: int


@dataclass(frozen=True)
class CellRow:
    """A cell of one experiment. It is not validated, because summaries read thousands of cells. `levels` holds only
    those that differ from the defaults.

    Attributes:
        level_shares: into how many shares a rule of the experiment divides the level of a test.
        growing: whether a rule of the experiment may still add seeds.
    """

    id: int
    experiment: str
    hash: str
    task: str
    levels: dict[str, Any]
    level_shares: int = 1
    growing: bool = False


class SeedRun(NamedTuple):
    """A run as the statistics of its cell use it. A large question makes 20,000 of them, and a tuple is made fast.

    Attributes:
        created_ms: when it was posted.
        ended_ms: when it ended; None if it has not.
        curves: maps a metric or 'epoch_seconds' to an array of shape (num_epochs,), with NaN for an epoch in which it
            was not measured. The map is empty before the first epoch. A metric that was never measured may be missing.
        started: whether a worker has begun it.
        arithmetic: a hash of what it was computed with; None if that is not known.
    """

    id: str
    cell_id: int
    seed: int
    status: Status
    outcome: Outcome | None
    diverged_epoch: int | None
    dataset_hash: str | None
    created_ms: int
    ended_ms: int | None
    curves: Mapping[str, NDArray[np.float64]]
    started: bool = True
    arithmetic: str | None = None


@dataclass(frozen=True)
class Tally:
    """The runs of one cell that have the same status and the same outcome, counted.

    Attributes:
        epochs: number of epochs that each of them trains in all.
        num_epochs: number of epochs that all of them together have trained in their current attempts.
        seconds: the time that these epochs took.
        moved_ms: when one of them was last posted, begun, ended, or at the end of an epoch; in ms since 1970.
    """

    cell_id: int
    epochs: int
    status: Status
    outcome: Outcome | None
    runs: int
    num_epochs: int
    seconds: float
    moved_ms: int = 0


@dataclass(frozen=True)
class Ensured:
    """The result of posting a grid to the store.

    Attributes:
        created: ids of the runs that the post created.
        existing: number of runs of the grid that existed before.
        earlier: number of runs that the first post created, if this one repeats it under its Idempotency-Key; else
            None.
    """

    created: list[str]
    existing: int
    earlier: int | None = None

    @property
    def num_created(self) -> int:
        """Number of runs that the post created, or that the first post created if this one repeats it."""
        return len(self.created) if self.earlier is None else self.earlier
