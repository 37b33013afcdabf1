"""Posting a grid: validate it, make the runs that are missing, ring for them. Or say what that would make."""

import hashlib
from dataclasses import dataclass
from typing import Any

from evenkeel.grids.expand import expand
from evenkeel.grids.levels import differing_beyond_name
from evenkeel.grids.sharing import Quota
from evenkeel.grids.spec import GridSpec
from evenkeel.grids.tasks import DEFAULT_TASK, known_tasks
from evenkeel.lab.availability import WORKER_SEEN_SECONDS, check_datasets, num_parameters, who_is_missing
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment, left_out_of
from evenkeel.lab.left_out import LeftOut
from evenkeel.lab.reconcile import wake
from evenkeel.lab.store import Post
from evenkeel.result import about, result


@dataclass(frozen=True)
class Posted:
    """What a post came to. created: runs that it made; existing: runs of the grid that were there before. rung: False
    where the broker was away. waits_for: what keeps the runs waiting, None for nothing. repeated: the same body came
    under the same Idempotency-Key before, and this is what it came to then. left_out: cells of the experiment that
    cannot be read here."""

    name: str
    created: int
    existing: int
    num_cells: int
    rung: bool
    waits_for: str | None
    repeated: bool
    left_out: list[LeftOut]


@result
class CellPlan:
    cell: str = about("Its name.")
    hash: str = about("Identity of the cell, from its levels.")
    levels: dict[str, Any] = about("Every level, defaults included.")
    num_parameters: int | None = about("Learnable parameters of its network; null where the task cannot tell.")


@result
class GridPlan:
    name: str = about("The experiment.")
    cells: list[CellPlan] = about("The cells that the grid stands for, by their levels.")
    differing: list[str] = about("Factors in which these cells differ and of which their names say nothing.")
    seeds: list[int] = about("The seeds, once each per cell.")
    num_runs: int = about("Cells times seeds.")
    num_new: int = about("Runs that do not exist yet.")
    notes: list[str] = about("What to know of the cells that their levels do not say, each sentence once.")
    left_out: list[LeftOut] = about("Cells that the experiment has already and that cannot be read here.")


def post_grid(lab: Lab, spec: GridSpec, posted_by: str = "", idempotency_key: str | None = None) -> Posted:
    """Ensure that every run of a grid exists, and wake workers for the new ones.

    posted_by: the API key's id, '' where the lab has none. Raises SpecError, QuotaExceeded or KeyReused; nothing is
    stored then.
    """
    cells = expand(spec, lab.settings.max_runs)
    check_datasets(spec, cells, lab.store.workers.datasets(WORKER_SEEN_SECONDS))
    quota = Quota(lab.settings.max_runs_per_experiment, lab.settings.max_in_flight)
    post = Post(posted_by, idempotency_key, body_hash(spec))
    ensured = lab.store.grids.ensure(spec.name, cells, spec.seed_list, spec.sharing, quota, post)
    # An experiment that was there before keeps its device where the grid names none.
    device = find_experiment(lab, spec.name).device
    workers = lab.store.workers.seen(WORKER_SEEN_SECONDS)
    rung = wake(lab.doorbell, workers, device, ensured.num_created)
    return Posted(
        name=spec.name,
        created=ensured.num_created,
        existing=ensured.existing,
        num_cells=len(cells),
        rung=rung,
        waits_for=who_is_missing(known_tasks()[spec.task], device, workers),
        repeated=ensured.earlier is not None,
        left_out=left_out_of(lab, spec.name),
    )


def plan_grid(lab: Lab, spec: GridSpec) -> GridPlan:
    """What `post_grid` would make. Raises SpecError."""
    task = known_tasks()[spec.task]
    cells = sorted(expand(spec, lab.settings.max_runs), key=lambda cell: cell.rank)
    prepared = lab.store.workers.datasets(WORKER_SEEN_SECONDS)
    check_datasets(spec, cells, prepared)
    known = {(run.cell_hash, run.seed) for run in lab.store.runs.all(spec.name)}
    return GridPlan(
        name=spec.name,
        cells=[CellPlan(cell.name, cell.hash, cell.levels, num_parameters(cell, prepared)) for cell in cells],
        differing=differing_beyond_name(known_tasks()[spec.task], [cell.levels for cell in cells]),
        seeds=list(spec.seed_list),
        num_runs=len(cells) * len(spec.seed_list),
        num_new=sum((cell.hash, seed) not in known for cell in cells for seed in spec.seed_list),
        notes=task.notes_of(cell.parameters for cell in cells),
        left_out=left_out_of(lab, spec.name),
    )


def body_hash(spec: GridSpec) -> str:
    """By which a repeat of a post is told. A grid has the hash that it had before grids named tasks and before its task
    had `Task.later` parameters, as long as it gives none, so that a post is still known after an upgrade."""
    task = known_tasks().get(spec.task)
    later = task.later if task else frozenset[str]()
    left_out: dict[str, Any] = {"grid": later - spec.levels.keys(), "train": later - spec.fixed.keys()}
    if spec.task == DEFAULT_TASK:
        left_out["task"] = True
    return hashlib.sha256(spec.model_dump_json(exclude=left_out).encode()).hexdigest()
