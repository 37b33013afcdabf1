"""Experiments: post a grid, follow it, share it differently, cancel it, queue its failed runs again."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response

from api.auth import Reader, Writer
from api.errors import NotFound, problems
from api.resources import Lab, Resources
from api.schemas.experiments import (
    Cancelled,
    ExperimentBrief,
    ExperimentDetail,
    ExperimentPosted,
    GridPlan,
    Retried,
    RunBrief,
    SharingChanges,
)
from api.views import brief_experiment, brief_run, detailed_experiment, plan_grid
from lab.availability import WORKER_SEEN_SECONDS, check_datasets, who_is_missing
from lab.cell import Cell, cell_labels
from lab.datasets import Prepared
from lab.progress import count_runs, count_tallies
from lab.reconcile import RINGS_AT_MOST, wake
from lab.records import Experiment
from lab.sharing import Quota, Sharing
from lab.spec import GridSpec, expand
from lab.store import Post

router = APIRouter(tags=["experiments"], dependencies=[Reader])

Name = Annotated[str, Path(max_length=64, description="The experiment.")]
IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[!-~]{1,255}$",
        description="Any text of up to 255 printable characters: a repeat of the same body within a day is answered as "
        "the first one was, and makes nothing.",
    ),
]


@router.post(
    "/experiments",
    status_code=201,
    response_model=ExperimentPosted | GridPlan,
    responses={200: {"description": "All runs existed, or dry_run."}, **problems(413, 422, 429)},
)
def post_experiment(
    spec: GridSpec,
    lab: Lab,
    caller: Writer,
    response: Response,
    dry_run: bool = Query(False, description="Answer the cells, runs and parameter counts; create nothing."),
    idempotency_key: IdempotencyKey = None,
) -> ExperimentPosted | GridPlan:
    """Ensure that every run of a grid exists: posting again adds only what is missing, so more seeds or levels extend
    an experiment. 201 if runs were made, 200 if all existed."""
    cells = expand(spec, lab.settings.max_runs)
    prepared = lab.store.datasets(WORKER_SEEN_SECONDS)
    check_datasets(spec, cells, prepared)
    if dry_run:
        response.status_code = 200
        return _plan(spec, cells, prepared, lab)
    quota = Quota(lab.settings.max_runs_per_experiment, lab.settings.max_in_flight)
    post = Post(caller.key_id, idempotency_key, hashlib.sha256(spec.model_dump_json().encode()).hexdigest())
    ensured = lab.store.ensure_runs(spec.name, cells, spec.seed_list, spec.sharing, quota, post)
    device, workers = _find(spec.name, lab).device, lab.store.workers(WORKER_SEEN_SECONDS)
    rung = wake(lab.doorbell, workers, device, ensured.num_created)
    response.status_code = 201 if ensured.num_created else 200
    response.headers["Location"] = f"/experiments/{spec.name}"
    if ensured.earlier is not None:
        response.headers["Idempotency-Replayed"] = "true"
    return ExperimentPosted(
        name=spec.name,
        created=ensured.num_created,
        existing=ensured.existing,
        num_cells=len(cells),
        broker="rung" if rung else "away",
        waits_for=who_is_missing(device, workers),
        url=f"/experiments/{spec.name}",
    )


@router.get("/experiments", responses=problems())
def list_experiments(lab: Lab) -> list[ExperimentBrief]:
    """Every experiment, oldest first."""
    counts = lab.store.counts()
    return [
        brief_experiment(found, num_cells, count_runs(runs))
        for found in lab.store.experiments()
        for num_cells, runs in [counts.get(found.id, (0, {}))]
    ]


@router.get("/experiments/{name}", response_model=ExperimentDetail, responses=problems(404, 409, 422))
def get_experiment(name: Name, lab: Lab) -> Response:
    """Counts by status and outcome, time left, and where it is in MLflow."""
    found = _find(name, lab)
    return Response(lab.details.get(found, lambda: _detail(found, lab)), media_type="application/json")


@router.patch("/experiments/{name}", responses=problems(404, 413, 422))
def share_experiment(name: Name, changes: SharingChanges, lab: Lab, caller: Writer) -> ExperimentBrief:
    """Change its priority, how many of its runs may train at once, or on what. Runs that train go on."""
    _find(name, lab)
    lab.store.share(name, Sharing(changes.priority, changes.max_running, changes.device))
    found = _find(name, lab)
    wake(lab.doorbell, lab.store.workers(WORKER_SEEN_SECONDS), found.device, RINGS_AT_MOST)
    tallies = lab.store.tallies(found.id)
    return brief_experiment(found, len({tally.cell_id for tally in tallies}), count_tallies(tallies))


@router.get("/experiments/{name}/runs", responses=problems(404, 422))
def list_runs(name: Name, lab: Lab) -> list[RunBrief]:
    """Every run, in the order in which they are queued: the first seed of every cell, then the second."""
    _find(name, lab)
    runs = lab.store.runs(name)
    cells = list({run.cell_id: run.cell for run in runs}.items())
    labels = dict(zip((cell_id for cell_id, _ in cells), cell_labels([cell for _, cell in cells]), strict=True))
    return [brief_run(run, labels[run.cell_id]) for run in runs]


@router.post("/experiments/{name}/cancel", responses=problems(404, 422))
def cancel_experiment(name: Name, lab: Lab, caller: Writer) -> Cancelled:
    """Cancel what is queued and stop what is running. What has finished stays."""
    _find(name, lab)
    cancelled, stopping = lab.store.cancel(name)
    return Cancelled(cancelled=cancelled, stopping=stopping)


@router.post("/experiments/{name}/retry", responses=problems(404, 422))
def retry_experiment(name: Name, lab: Lab, caller: Writer) -> Retried:
    """Queue its failed and cancelled runs again. A diverged run is a result and stays."""
    found = _find(name, lab)
    queued = lab.store.retry(name)
    wake(lab.doorbell, lab.store.workers(WORKER_SEEN_SECONDS), found.device, queued)
    return Retried(queued=queued)


def _find(name: str, lab: Resources) -> Experiment:
    found = lab.store.experiment(name)
    if found is None:
        known = ", ".join(known.name for known in lab.store.experiments()[-20:]) or "none yet"
        raise NotFound(f"there is no experiment {name!r}; there are: {known}")
    return found


def _detail(found: Experiment, lab: Resources) -> bytes:
    tallies, seeds = lab.store.tallies(found.id), lab.store.seeds(found.id)
    mlflow = lab.settings.mlflow_public_url or lab.settings.mlflow_url
    return detailed_experiment(found, tallies, seeds, mlflow).model_dump_json().encode()


def _plan(spec: GridSpec, cells: list[Cell], prepared: list[Prepared], lab: Resources) -> GridPlan:
    known = {(run.cell_hash, run.seed) for run in lab.store.runs(spec.name)}
    return plan_grid(spec, cells, prepared, known)
