"""Posts a grid: validates it, creates the missing runs and wakes workers for them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evenkeel.grids.expand import SpecError
from evenkeel.grids.spec import GridSpec
from evenkeel.grids.tasks import DEFAULT_TASK, known_tasks
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment, left_out_of
from evenkeel.lab.packages import packages_for
from evenkeel.lab.planning import cells_of, longest_first, notes_of
from evenkeel.lab.reconcile import wake
from evenkeel.records.availability import WORKER_SEEN_SECONDS, check_datasets, who_is_missing
from evenkeel.records.left_out import LeftOut
from evenkeel.records.progress import RunCounts, count_tallies
from evenkeel.records.rows import Experiment
from evenkeel.records.workers import Worker
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
    found = cells_of(lab, spec)
    prepared = lab.store.workers.datasets(WORKER_SEEN_SECONDS)
    cells = longest_first([same.cell for same in found], prepared)
    check_datasets(spec, cells, prepared)
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
        notes=notes_of(spec, found),
        left_out=left_out_of(lab, spec.name),
    )


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
