"""Lists experiments and reports their progress."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from evenkeel.grids.about import fits
from evenkeel.grids.cell import Cell
from evenkeel.grids.levels import differing, in_order
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.brief import ExperimentBrief, brief, brief_of
from evenkeel.lab.context import Lab
from evenkeel.lab.packages import package_waited_for
from evenkeel.records.availability import WORKER_SEEN_SECONDS, who_is_missing
from evenkeel.records.left_out import LeftOut, read_cells
from evenkeel.records.progress import count_runs, epochs_done, remaining_seconds
from evenkeel.records.rows import Experiment, Tally
from evenkeel.records.status import Status
from evenkeel.result import about, result
from evenkeel.store.tallies import Counts

# The number of experiments that an error message names. It names the newest ones.
NAMED_AT_MOST = 20


class NoSuchExperiment(Exception):
    """No experiment has this name. `known` lists names of experiments that exist, the newest last."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no experiment {name!r}; there are: {', '.join(known) or 'none yet'}")
        self.name = name


class NotNow(Exception):
    """Runs do not allow what was asked, because of their status or because they were imported. Nothing was changed."""


@result
class ExperimentDetail(ExperimentBrief):
    eta_seconds: float | None = about(
        "Expected time left, in seconds, if nothing is paused; null before the first epoch was measured."
    )
    mlflow_url: str | None = about("Its page in the MLflow UI; null until it was copied to MLflow.")
    seeds: list[int] = about("Every seed that at least one cell is trained with.")
    epochs_done: int = about(
        "Epochs trained so far in the current attempts. A finished run counts with all its epochs."
    )
    epochs_total: int = about("Number of epochs of all its runs.")
    left_out: list[LeftOut] = about("Its cells that cannot be read here, so that no summary contains them.")
    varies: dict[str, dict[str, list[Any]]] = about(
        "For each task of its cells: the factors in which these cells differ, with their levels in order."
    )
    waits_for: str | None = about(
        "Why queued runs of it wait although it is not paused: for a worker, or for a package that none has. Null if "
        "they wait only for their turn.",
        default=None,
    )


@dataclass(frozen=True)
class Progress:
    """What the store says of the progress of an experiment.

    Attributes:
        tallies: Its runs, counted by cell, status and outcome.
        seeds: Every seed that at least one cell is trained with.
        varies: Task -> factor -> levels: what tells its cells apart.
        left_out: Its cells that cannot be read here.
    """

    tallies: list[Tally]
    seeds: list[int]
    varies: dict[str, dict[str, list[Any]]]
    left_out: list[LeftOut]


def find_experiment(lab: Lab, name: str) -> Experiment:
    """The experiment with this name. Raises NoSuchExperiment."""
    found = lab.store.experiments.find(name)
    if found is None:
        raise NoSuchExperiment(name, [known.name for known in lab.store.experiments.all()[-NAMED_AT_MOST:]])
    return found


def check_trained_here(lab: Lab, name: str, what: str) -> None:
    """Check that the lab trains the runs of an experiment. what: what they cannot be otherwise. Raises NotNow."""
    if lab.store.imports.is_imported(name):
        raise NotNow(
            f"the runs of {name} were trained elsewhere and imported, so they cannot be {what}: no worker here trains "
            "them"
        )


def list_experiments(lab: Lab, search: str = "", tags: Sequence[str] = ()) -> list[ExperimentBrief]:
    """The experiments, oldest first.

    Args:
        search: Only those with this text in their name or their note, in capitals or not.
        tags: Only those with all of these tags.
    """
    counts, told = lab.store.tallies.counts(), lab.store.events.last_ms()
    return [
        brief(found, its.num_cells, count_runs(its.runs), max(its.moved_ms, told.get(found.id, 0)))
        for found in lab.store.experiments.all()
        if fits(found.name, found.note, found.tags, search, tags)
        for its in [counts.get(found.id, Counts(0, {}))]
    ]


def follow(lab: Lab, found: Experiment, progress: Progress | None = None) -> ExperimentDetail:
    """An experiment with its progress. Without `progress` it is read from the store."""
    known = lab.store.tallies
    progress = progress or Progress(known.of(found.id), known.seeds(found.id), *what_varies(lab, found.name))
    tallies = progress.tallies
    done, total = epochs_done(tallies)
    return ExperimentDetail(
        **vars(brief_of(lab, found, tallies)),
        eta_seconds=remaining_seconds(tallies),
        mlflow_url=mlflow_page(lab, found),
        seeds=progress.seeds,
        epochs_done=done,
        epochs_total=total,
        varies=progress.varies,
        left_out=progress.left_out,
    )


def mlflow_page(lab: Lab, found: Experiment, mlflow_run_id: str = "") -> str | None:
    """The page of an experiment in the MLflow UI, or of one run of it; None until it was copied there."""
    mlflow = lab.settings.mlflow_public_url or lab.settings.mlflow_url
    if not found.mlflow_experiment_id:
        return None
    runs = f"{mlflow}/#/experiments/{found.mlflow_experiment_id}/runs"
    return f"{runs}/{mlflow_run_id}" if mlflow_run_id else runs


def with_what_it_waits_for(lab: Lab, found: Experiment, detail: ExperimentDetail) -> ExperimentDetail:
    """The detail with `waits_for`, which depends on the workers of this moment."""
    if not detail.num_runs.status[Status.QUEUED]:
        return detail
    if (package := package_waited_for(lab.store, found.id)) is not None:
        return replace(detail, waits_for=package)
    workers, tasks = lab.store.workers.seen(WORKER_SEEN_SECONDS), known_tasks()
    theirs = [tasks[name] for name in detail.varies if name in tasks]
    missing = next(filter(None, (who_is_missing(task, found.device, workers) for task in theirs)), None)
    return detail if missing is None else replace(detail, waits_for=f"{missing[0].upper()}{missing[1:]}.")


def what_varies(lab: Lab, name: str) -> tuple[dict[str, dict[str, list[Any]]], list[LeftOut]]:
    """(task -> factor -> the levels of the factors in which its cells differ, the cells that cannot be read here)."""
    found, left_out = read_cells(lab.store.curves.find_cells(name, {}, None))
    by_task: dict[str, list[Cell]] = {}
    for cell in found.values():
        by_task.setdefault(cell.task.name, []).append(cell)
    return {task: _levels_of(cells) for task, cells in by_task.items()}, left_out


def _levels_of(cells: Sequence[Cell]) -> dict[str, list[Any]]:
    task, levels = cells[0].task, [cell.levels for cell in cells]
    return {factor: in_order(task, factor, (each[factor] for each in levels)) for factor in differing(task, levels)}


def left_out_of(lab: Lab, name: str) -> list[LeftOut]:
    """The cells of an experiment that cannot be read here."""
    _, left_out = read_cells(lab.store.curves.find_cells(name, {}, None))
    return left_out
