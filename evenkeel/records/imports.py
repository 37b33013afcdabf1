"""Runs that were trained elsewhere, as the store takes them and hands them out. Times are ms since 1970 (UTC)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from evenkeel.grids.cell import Cell
from evenkeel.plugins import AnnouncedTask, Outcome
from evenkeel.records.status import Status
from evenkeel.result import about, result

PREFIX = "imported:"


def task_name(experiment: str) -> str:
    """The name of the task of an experiment whose runs were imported."""
    return f"{PREFIX}{experiment}"


def is_imported(task: str) -> bool:
    """Whether a task is that of runs that were trained elsewhere: those of an import, or of a frame."""
    return f"{task}:".startswith(PREFIX)


@result
class Origin:
    """Where an imported run came from."""

    source: str = about("Where it was trained: the address of a page, or the name of a file.")
    run_id: str = about("Its id there.")
    url: str | None = about("Its page there; null if it has none.")
    says: str = about("What is worth knowing about it, such as a param that it lacks; empty if there is nothing.")


@dataclass(frozen=True)
class Standing:
    """A run that an experiment has already.

    Attributes:
        source_run_id: Its id where it was trained; None if the lab itself trains it.
        is_over: Whether it had ended there when it was imported.
        created_ms: When it counts as posted.
    """

    id: str
    cell_hash: str
    seed: int
    status: Status
    source_run_id: str | None
    is_over: bool
    created_ms: int


@dataclass(frozen=True)
class Before:
    """What an experiment has before a batch of runs is added to it.

    Attributes:
        task: The task of its imported runs; None if it has none.
        created_ms: When the experiment was created.
        first_ms: When the first of its runs was created; None if it has no run.
        num_runs: The number of its runs.
        runs: Those of its runs that come from the same place as one of the batch, or have the seed of one.
    """

    task: AnnouncedTask | None
    created_ms: int
    first_ms: int | None
    num_runs: int
    runs: Sequence[Standing]


@dataclass(frozen=True)
class PlacedRun:
    """A run to store.

    Attributes:
        replaces: The id of the run in whose place it comes; None for a new one.
        created_ms: When it counts as posted: see `evenkeel.importing.posted`.
        ended_ms: None if it still trains there.
        curves: Metric or 'epoch_seconds' -> (num_epochs,).
        says: See `Origin`.
    """

    source_run_id: str
    cell: Cell
    seed: int
    status: Status
    outcome: Outcome | None
    diverged_epoch: int | None
    num_epochs: int
    error: str | None
    created_ms: int
    started_ms: int | None
    ended_ms: int | None
    curves: Mapping[str, Sequence[float | None]]
    says: str
    replaces: str | None = None


@dataclass(frozen=True)
class Placed:
    """What a batch adds to an experiment.

    Attributes:
        num_runs: The number of runs that the experiment is to have in the end.
    """

    task: AnnouncedTask
    source: str
    num_runs: int
    runs: Sequence[PlacedRun] = field(default_factory=tuple)


@dataclass(frozen=True)
class Added:
    """What was added to an experiment.

    Attributes:
        created: The number of new runs.
        completed: The number of runs that had no result before.
        num_cells: The number of its cells now.
        num_early: The number of its runs that finished before its longest run.
        longest: The number of epochs of its longest run.
    """

    created: int
    completed: int
    num_cells: int
    num_early: int
    longest: int


@dataclass(frozen=True)
class ImportState:
    """What an experiment has of imported runs.

    Attributes:
        ended: The ids, where they were trained, of the runs that had ended when they were imported.
    """

    task: AnnouncedTask
    ended: list[str]
