"""Posts a grid: validates it, creates the missing runs and wakes workers for them. Or only says what would be
created."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenkeel.grids.expand import SpecError, expand
from evenkeel.grids.levels import differing_beyond_name
from evenkeel.grids.same import Same, one_of_each, same_says
from evenkeel.grids.spec import GridSpec
from evenkeel.grids.tasks import DEFAULT_TASK, known_tasks
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment, left_out_of
from evenkeel.lab.packages import packages_for
from evenkeel.lab.reconcile import wake
from evenkeel.records.availability import WORKER_SEEN_SECONDS, check_datasets, num_parameters, who_is_missing
from evenkeel.records.imports import is_imported
from evenkeel.records.left_out import LeftOut
from evenkeel.records.progress import RunCounts, count_tallies
from evenkeel.records.rows import Experiment
from evenkeel.records.workers import Worker
from evenkeel.result import about, result
from evenkeel.store import Post, RuleFixed, ThreadsFixed


@dataclass(frozen=True)
class Posted:
    """The result of a post.

    Attributes:
        created: number of runs that the post created.
        existing: number of runs of the grid that existed before.
        num_cells: number of cells of the grid.
        num_runs: all runs of the experiment, counted by status and outcome. A post starts none that was cancelled.
        rung: False if the broker was away, so that no worker was woken.
        waits_for: why the runs wait; None if a worker can train them.
        repeated: whether the same body was posted before under the same Idempotency-Key. `created` and `existing` are
            then those of the first post.
        notes: what is worth knowing about the cells and not visible in their levels.
        left_out: cells of the experiment that cannot be read here.
    """

    name: str
    created: int
    existing: int
    num_cells: int
    num_runs: RunCounts
    rung: bool
    waits_for: str | None
    repeated: bool
    notes: list[str]
    left_out: list[LeftOut]


@result
class CellPlan:
    cell: str = about("Name of the cell.")
    hash: str = about("Hash that identifies the cell, computed from its task and levels.")
    levels: dict[str, Any] = about("Every level, defaults included.")
    num_parameters: int | None = about("Number of learnable parameters of its network; null if the task cannot tell.")


@result
class GridPlan:
    name: str = about("Name of the experiment.")
    cells: list[CellPlan] = about("The cells of the grid, sorted by their levels.")
    differing: list[str] = about("Factors in which these cells differ and which are not part of their names.")
    seeds: list[int] = about("The seeds. Each cell is trained once with each of them.")
    num_runs: int = about("Number of runs: cells times seeds.")
    num_new: int = about("Number of runs that do not exist yet.")
    most_runs: int = about(
        "The largest number of runs that it may become by its rule for seeds; without one, num_runs."
    )
    notes: list[str] = about(
        "What is worth knowing about the cells and not visible in their levels. No sentence is repeated."
    )
    left_out: list[LeftOut] = about("Existing cells of the experiment that cannot be read here.")


def post_grid(lab: Lab, spec: GridSpec, posted_by: str = "", idempotency_key: str | None = None) -> Posted:
    """Ensure that every run of a grid exists, and wake workers for the new ones. Nothing is stored if it raises.

    Args:
        posted_by: id of the API key that posts; '' if the lab has no keys.
        idempotency_key: a second post of the same body under this key creates nothing.

    Raises:
        SpecError: the grid cannot be run, or no worker has a dataset or a package that it needs.
        QuotaExceeded: the experiment or the API key would have too many runs.
        KeyReused: the Idempotency-Key was used before with another body.
    """
    found = _cells(lab, spec)
    cells = [same.cell for same in found]
    check_datasets(spec, cells, lab.store.workers.datasets(WORKER_SEEN_SECONDS))
    plugins = packages_for(lab.store, spec, cells, lab.store.workers.seen(WORKER_SEEN_SECONDS))
    post = Post(posted_by, idempotency_key, body_hash(spec))
    try:
        ensured = lab.store.grids.ensure(
            spec.name, cells, spec.seed_list, spec.sharing, lab.quota, post, spec.seed_rule, plugins
        )
    except RuleFixed as error:
        raise SpecError("seeds", str(error)) from error
    except ThreadsFixed as error:
        raise SpecError("threads", str(error)) from error
    # The grid may name no device. An experiment that existed before then keeps its own.
    experiment = find_experiment(lab, spec.name)
    workers = lab.store.workers.seen(WORKER_SEEN_SECONDS)
    rung = wake(lab.doorbell, workers, experiment.device, 0 if experiment.paused else ensured.num_created)
    return Posted(
        name=spec.name,
        created=ensured.num_created,
        existing=ensured.existing,
        num_cells=len(cells),
        num_runs=count_tallies(lab.store.tallies.of(experiment.id)),
        rung=rung,
        waits_for=_paused_says(experiment) or _who_is_missing(spec, experiment, workers, plugins),
        repeated=ensured.earlier is not None,
        notes=_notes(spec, found),
        left_out=left_out_of(lab, spec.name),
    )


def plan_grid(lab: Lab, spec: GridSpec) -> GridPlan:
    """What `post_grid` would create. Nothing is stored. Raises SpecError."""
    found = _cells(lab, spec)
    cells = sorted((same.cell for same in found), key=lambda cell: cell.rank)
    prepared = lab.store.workers.datasets(WORKER_SEEN_SECONDS)
    check_datasets(spec, cells, prepared)
    packages_for(lab.store, spec, cells, lab.store.workers.seen(WORKER_SEEN_SECONDS))
    known = {(run.cell_hash, run.seed) for run in lab.store.runs.all(spec.name)}
    return GridPlan(
        name=spec.name,
        cells=[CellPlan(cell.name, cell.hash, cell.levels, num_parameters(cell, prepared)) for cell in cells],
        differing=differing_beyond_name(known_tasks()[spec.task], [cell.levels for cell in cells]),
        seeds=list(spec.seed_list),
        num_runs=len(cells) * len(spec.seed_list),
        most_runs=len(cells) * spec.most_seeds,
        num_new=sum((cell.hash, seed) not in known for cell in cells for seed in spec.seed_list),
        notes=_notes(spec, found),
        left_out=left_out_of(lab, spec.name),
    )


def _cells(lab: Lab, spec: GridSpec) -> list[Same]:
    """The cells of the grid. Combinations of levels that train as one are one cell. Raises SpecError."""
    if is_imported(spec.task):
        raise SpecError(
            "task", f"{spec.task!r} is trained by no worker: evenkeel import adds runs that were trained elsewhere"
        )
    if lab.store.imports.is_imported(spec.name):
        raise SpecError(
            "name",
            f"{spec.name!r} has runs that were imported, and the lab trains none beside them; choose another name",
        )
    combinations = expand(spec, lab.settings.max_runs)
    one_each = one_of_each(combinations)
    if len(one_each) == len(combinations):
        return one_each
    return one_of_each(combinations, held={row.hash for row in lab.store.curves.find_cells(spec.name, {}, None)})


def _paused_says(experiment: Experiment) -> str | None:
    if not experiment.paused:
        return None
    return f"the experiment is paused, so the runs wait; to go on: evenkeel resume {experiment.name}"


def _who_is_missing(
    spec: GridSpec, experiment: Experiment, workers: Sequence[Worker], plugins: Mapping[str, str]
) -> str | None:
    task, needed = known_tasks()[spec.task], {frozenset(filter(None, text.split(","))) for text in plugins.values()}
    missing = (who_is_missing(task, experiment.device, workers, packages) for packages in needed or {frozenset()})
    return next(filter(None, missing), None)


def _notes(spec: GridSpec, found: Sequence[Same]) -> list[str]:
    task = known_tasks()[spec.task]
    return [*same_says(task, found), *task.notes_of(same.cell.parameters for same in found)]


def body_hash(spec: GridSpec) -> str:
    """The hash by which a repeated post is recognized, as 64 hex digits.

    Grids did not name a task or threads at first, and a task may later get parameters (`Task.later`). The default task,
    and threads and later parameters that the grid does not give, are left out of the hash. So a post is still
    recognized after an upgrade.
    """
    task = known_tasks().get(spec.task)
    later = task.later if task else frozenset[str]()
    left_out: dict[str, Any] = {"grid": later - spec.levels.keys(), "train": later - spec.fixed.keys()}
    if spec.task == DEFAULT_TASK:
        left_out["task"] = True
    if spec.threads is None:
        left_out["threads"] = True
    return hashlib.sha256(spec.model_dump_json(exclude=left_out).encode()).hexdigest()
