"""Runs as somebody looks at them: beside the label that their cell has in its experiment."""

from dataclasses import dataclass

from evenkeel.lab.cell import cell_labels
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment
from evenkeel.lab.records import Epoch, Run


class NoSuchRun(Exception):
    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run {run_id!r}")
        self.run_id = run_id


@dataclass(frozen=True)
class LabelledRun:
    """label: of its cell."""

    run: Run
    label: str


def list_runs(lab: Lab, experiment: str) -> list[LabelledRun]:
    """In the order in which they are queued: the first seed of every cell, then the second. Raises
    NoSuchExperiment."""
    find_experiment(lab, experiment)
    runs = lab.store.runs.all(experiment)
    # One run of each cell: reading a cell validates it.
    one_each = {run.cell_id: run for run in runs}
    labels = dict(zip(one_each, cell_labels([run.cell for run in one_each.values()]), strict=True))
    return [LabelledRun(run, labels[run.cell_id]) for run in runs]


def find_run(lab: Lab, run_id: str) -> tuple[LabelledRun, list[Epoch]]:
    """A run and every epoch of its attempt so far. Raises NoSuchRun."""
    run = lab.store.runs.find(run_id)
    if run is None:
        raise NoSuchRun(run_id)
    siblings = lab.store.experiments.cells(run.experiment)
    labels = dict(zip((cell_id for cell_id, _, _ in siblings), cell_labels([c for _, _, c in siblings]), strict=True))
    return LabelledRun(run, labels[run.cell_id]), lab.store.runs.epochs([run_id])[run_id]
