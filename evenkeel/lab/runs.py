"""Runs as somebody looks at them: beside the label that their cell has in its experiment."""

import re
from dataclasses import dataclass

from evenkeel.lab.cell import cell_labels
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment
from evenkeel.lab.records import Epoch, Run
from evenkeel.lab.store import Store

BEGINNING = re.compile("[0-9a-f]{8,31}")  # of a run's id, long enough to tell it from others


class NoSuchRun(Exception):
    def __init__(self, run_id: str, problem: str = "there is no run {!r}") -> None:
        super().__init__(problem.format(run_id))


@dataclass(frozen=True)
class LabelledRun:
    """label: of its cell."""

    run: Run
    label: str


def labels_in(store: Store, experiment: str) -> dict[int, str]:
    """cell id -> label, of every cell of an experiment. Raises NewerSpec."""
    cells = store.experiments.cells(experiment)
    return dict(zip(cells, cell_labels(list(cells.values())), strict=True))


def list_runs(lab: Lab, experiment: str) -> list[LabelledRun]:
    """In the order in which they are queued: the first seed of every cell, then the second. Raises
    NoSuchExperiment."""
    find_experiment(lab, experiment)
    runs = lab.store.runs.all(experiment)
    labels = labels_in(lab.store, experiment)
    return [LabelledRun(run, labels[run.cell_id]) for run in runs]


def pick_run(lab: Lab, run_id: str) -> Run:
    """The run with that id, or the only one whose id begins so. Raises NoSuchRun."""
    if (run := lab.store.runs.find(run_id)) is not None:
        return run
    beginning = lab.store.runs.beginning_with(run_id) if BEGINNING.fullmatch(run_id) else []
    if len(beginning) > 1:
        raise NoSuchRun(run_id, "several runs have an id that begins with {!r}: give more of it")
    if not beginning:
        raise NoSuchRun(run_id)
    return beginning[0]


def find_run(lab: Lab, run_id: str) -> tuple[LabelledRun, list[Epoch]]:
    """A run and every epoch of its attempt so far. Raises NoSuchRun."""
    run = pick_run(lab, run_id)
    label = labels_in(lab.store, run.experiment)[run.cell_id]
    return LabelledRun(run, label), lab.store.runs.epochs([run.id])[run.id]
