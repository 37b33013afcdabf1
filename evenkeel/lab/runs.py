"""Runs as somebody looks at them: beside the label that their cell has in its experiment."""

from dataclasses import dataclass

from evenkeel.lab.cell import cell_labels
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment
from evenkeel.lab.records import Epoch, Run
from evenkeel.lab.store import Store


class NoSuchRun(Exception):
    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run {run_id!r}")


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


def find_run(lab: Lab, run_id: str) -> tuple[LabelledRun, list[Epoch]]:
    """A run and every epoch of its attempt so far. Raises NoSuchRun."""
    run = lab.store.runs.find(run_id)
    if run is None:
        raise NoSuchRun(run_id)
    label = labels_in(lab.store, run.experiment)[run.cell_id]
    return LabelledRun(run, label), lab.store.runs.epochs([run_id])[run_id]
