"""Experiments: post a grid, follow it, share it differently, cancel it, queue its failed runs again."""

from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic_core import to_json

from api.auth import Reader, Writer
from api.errors import problems
from api.resources import Shared
from api.schemas.experiments import (
    Cancelled,
    ExperimentBrief,
    ExperimentDetail,
    ExperimentPosted,
    GridPlan,
    Retried,
    SharingChanges,
)
from api.schemas.grids import PostedGrid
from api.schemas.runs import RunBrief
from api.serializers import show_posted, show_run
from evenkeel.lab import experiments, runs
from evenkeel.lab.posting import plan_grid, post_grid
from evenkeel.lab.sharing import Sharing

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
    spec: PostedGrid,
    shared: Shared,
    caller: Writer,
    response: Response,
    dry_run: bool = Query(False, description="Answer the cells, runs and parameter counts; create nothing."),
    idempotency_key: IdempotencyKey = None,
) -> ExperimentPosted | GridPlan:
    """Ensure that every run of a grid exists: posting again adds only what is missing, so more seeds or levels extend
    an experiment. 201 if runs were made, 200 if all existed."""
    if dry_run:
        response.status_code = 200
        return plan_grid(shared.lab, spec)
    posted = post_grid(shared.lab, spec, caller.key_id, idempotency_key)
    response.status_code = 201 if posted.created else 200
    response.headers["Location"] = f"/experiments/{posted.name}"
    if posted.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return show_posted(posted)


@router.get("/experiments", responses=problems())
def list_experiments(shared: Shared) -> list[ExperimentBrief]:
    """Every experiment, oldest first."""
    return experiments.list_experiments(shared.lab)


@router.get("/experiments/{name}", response_model=ExperimentDetail, responses=problems(404, 409, 422))
def get_experiment(name: Name, shared: Shared) -> Response:
    """Counts by status and outcome, time left, and where it is in MLflow."""
    found = experiments.find_experiment(shared.lab, name)
    body = shared.details.get(found, lambda: to_json(experiments.follow(shared.lab, found)))
    return Response(body, media_type="application/json")


@router.patch("/experiments/{name}", responses=problems(404, 413, 422))
def share_experiment(name: Name, changes: SharingChanges, shared: Shared, caller: Writer) -> ExperimentBrief:
    """Change its priority, how many of its runs may train at once, or on what. Runs that train go on."""
    return experiments.share(shared.lab, name, Sharing(changes.priority, changes.max_running, changes.device))


@router.get("/experiments/{name}/runs", responses=problems(404, 409, 422))
def list_runs(name: Name, shared: Shared) -> list[RunBrief]:
    """Every run, in the order in which they are queued: the first seed of every cell, then the second."""
    return [show_run(run) for run in runs.list_runs(shared.lab, name)]


@router.post("/experiments/{name}/cancel", responses=problems(404, 422))
def cancel_experiment(name: Name, shared: Shared, caller: Writer) -> Cancelled:
    """Cancel what is queued and stop what is running. What has finished stays."""
    return experiments.cancel(shared.lab, name)


@router.post("/experiments/{name}/retry", responses=problems(404, 422))
def retry_experiment(name: Name, shared: Shared, caller: Writer) -> Retried:
    """Queue its failed and cancelled runs again. A diverged run is a result and stays."""
    return experiments.retry(shared.lab, name)
