"""Runs, together with the names of their cells."""

import re
from collections import defaultdict
from dataclasses import dataclass

from evenkeel.grids.cell import UnreadableCell
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment, mlflow_page
from evenkeel.records.attempts import Attempt
from evenkeel.records.checkpoints import find_on_disk
from evenkeel.records.endings import recurs, what_helps
from evenkeel.records.imports import Origin
from evenkeel.records.left_out import LeftOut, leave_out
from evenkeel.records.rows import CellRow, Epoch, Run
from evenkeel.records.status import Status

BEGINNING = re.compile("[0-9a-f]{8,31}")  # the beginning of a run's id; 8 digits tell most runs apart


class NoSuchRun(Exception):
    """No run, or more than one, fits an id."""

    def __init__(self, run_id: str, problem: str = "there is no run {!r}") -> None:
        super().__init__(problem.format(run_id))


@dataclass(frozen=True)
class NamedRun:
    """A run and the name of its cell. If the cell cannot be read, `cell` is its hash and `left_out` says why."""

    run: Run
    cell: str
    left_out: LeftOut | None = None


@dataclass(frozen=True)
class WholeRun:
    """All that is known of a run.

    Attributes:
        epochs: every epoch that its current attempt has trained or adopted.
        attempts: all its attempts.
        origin: where it was trained; None if the lab itself has it to train.
        mlflow_url: its page in the MLflow UI; None until it was copied there.
        checkpoint_bytes: the size of its newest checkpoint; None if its file cannot be seen here.
        printed: whether its newest attempt printed anything.
    """

    named: NamedRun
    epochs: list[Epoch]
    attempts: list[Attempt]
    origin: Origin | None
    mlflow_url: str | None = None
    checkpoint_bytes: int | None = None
    printed: bool = False

    @property
    def what_helps(self) -> str:
        """What a person can do about it if it has failed, else ''."""
        return what_helps(self._failed_by, self.printed)

    @property
    def would_recur(self) -> bool:
        """Whether it has failed, and would fail in the same way again if nothing is changed first."""
        return recurs(self._failed_by)

    @property
    def _failed_by(self) -> str | None:
        failed = self.named.run.status is Status.FAILED and self.attempts
        return self.attempts[-1].ending if failed else None


@dataclass(frozen=True)
class RunLog:
    """What an attempt at a run printed: its last lines, as it wrote them. They may hold what a terminal obeys.

    Attributes:
        attempt: number of the attempt, from 1; 0 if no worker has taken the run yet.
        text: '' if it printed nothing.
    """

    attempt: int
    text: str


def list_runs(lab: Lab, experiment: str) -> list[NamedRun]:
    """The runs of an experiment in the order in which they are queued: the first seed of every cell, then the second.
    Raises NoSuchExperiment."""
    find_experiment(lab, experiment)
    return _named(lab.store.runs.all(experiment))


def training_runs(lab: Lab) -> dict[str, list[NamedRun]]:
    """Worker -> the runs that it trains now, in the order in which they began."""
    found = defaultdict(list)
    for each in _named(lab.store.runs.training()):
        found[each.run.worker or ""].append(each)
    return found


def _named(runs: list[Run]) -> list[NamedRun]:
    # Naming a cell means reading it, so each cell is named only once.
    names = {cell_id: name_of(run) for cell_id, run in {run.cell_id: run for run in runs}.items()}
    return [NamedRun(run, *names[run.cell_id]) for run in runs]


def pick_run(lab: Lab, run_id: str) -> Run:
    """The run with this id, or the only run whose id begins with it. Raises NoSuchRun."""
    if (run := lab.store.runs.find(run_id)) is not None:
        return run
    beginning = lab.store.runs.beginning_with(run_id) if BEGINNING.fullmatch(run_id) else []
    if len(beginning) > 1:
        raise NoSuchRun(run_id, "several runs have an id that begins with {!r}; give more digits")
    if not beginning:
        raise NoSuchRun(run_id)
    return beginning[0]


def find_run(lab: Lab, run_id: str) -> WholeRun:
    """All that is known of a run. Raises NoSuchRun."""
    run = pick_run(lab, run_id)
    origin = lab.store.imports.origin(run.id)
    epochs = lab.store.imports.epochs(run) if origin else lab.store.runs.epochs([run.id])[run.id]
    page = mlflow_page(lab, find_experiment(lab, run.experiment), run.mlflow_run_id) if run.mlflow_run_id else None
    file = find_on_disk(lab.settings.data_dir, run.id, run.checkpoint_path) if run.checkpoint_path else None
    return WholeRun(
        NamedRun(run, *name_of(run)),
        epochs,
        lab.store.runs.attempts(run.id),
        origin,
        page,
        file.stat().st_size if file is not None else None,
        bool(read_log(lab, run.id).text),
    )


def read_log(lab: Lab, run_id: str, attempt: int | None = None) -> RunLog:
    """What an attempt at a run printed.

    Args:
        run_id: the id of the run, or the beginning of it.
        attempt: number of the attempt; None for the newest.

    Raises:
        NoSuchRun: no run, or more than one, fits the id, or the run has no such attempt.
    """
    run = pick_run(lab, run_id)
    if attempt is not None and not 1 <= attempt <= run.attempt:
        allowed = f"allowed: 1 to {run.attempt}" if run.attempt else "no worker has taken it yet"
        raise NoSuchRun(run.id, f"run {{!r}} has no attempt {attempt}; {allowed}")
    number = run.attempt if attempt is None else attempt
    return RunLog(number, lab.store.logs.read(run.id, number) if number else "")


def name_of(run: Run) -> tuple[str, LeftOut | None]:
    """(the name of the cell of a run, None); or, if its cell cannot be read, (its hash, why)."""
    try:
        return run.cell_name, None
    except UnreadableCell as error:
        row = CellRow(run.cell_id, run.experiment, run.cell_hash, run.task, run.stored_levels)
        return run.cell_hash, leave_out(row, error)
