"""Runs, together with the names of their cells."""

import re
from dataclasses import dataclass

from evenkeel.grids.cell import UnreadableCell
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment
from evenkeel.records.attempts import Attempt
from evenkeel.records.imports import Origin
from evenkeel.records.left_out import LeftOut, leave_out
from evenkeel.records.rows import CellRow, Epoch, Run

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
    """

    named: NamedRun
    epochs: list[Epoch]
    attempts: list[Attempt]
    origin: Origin | None


def list_runs(lab: Lab, experiment: str) -> list[NamedRun]:
    """The runs of an experiment in the order in which they are queued: the first seed of every cell, then the second.
    Raises NoSuchExperiment."""
    find_experiment(lab, experiment)
    runs = lab.store.runs.all(experiment)
    # Naming a cell means reading it, so each cell is named only once.
    names = {cell_id: _name_of_cell(run) for cell_id, run in {run.cell_id: run for run in runs}.items()}
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
    return WholeRun(NamedRun(run, *_name_of_cell(run)), epochs, lab.store.runs.attempts(run.id), origin)


def _name_of_cell(run: Run) -> tuple[str, LeftOut | None]:
    try:
        return run.cell_name, None
    except UnreadableCell as error:
        row = CellRow(run.cell_id, run.experiment, run.cell_hash, run.task, run.stored_levels)
        return run.cell_hash, leave_out(row, error)
