"""The endpoints of experiments: post a grid, follow it, share, pause, cancel, retry and delete it."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Path, Query, Response
from pydantic_core import to_json

from api.auth import Reader, Writer
from api.errors import problems
from api.left_out import headers_of
from api.news import after_news
from api.resources import Shared
from api.schemas.experiments import (
    Cancelled,
    Deleted,
    Event,
    ExperimentBrief,
    ExperimentChanges,
    ExperimentDetail,
    ExperimentPosted,
    Forgotten,
    GridPlan,
    Paused,
    Resumed,
    Retried,
)
from api.schemas.grids import read_grid
from api.schemas.runs import RunBrief
from api.schemas.statistics import A_CELL
from api.serializers import show_posted, show_run
from evenkeel.analysis.planning import plan_study
from evenkeel.grids.about import MAX_TAG, MAX_TAGS
from evenkeel.lab import experiments, runs, steering
from evenkeel.lab.forget import delete_experiment, forget
from evenkeel.lab.happened import MOST_EVENTS, list_events
from evenkeel.lab.posting import post_grid

router = APIRouter(tags=["experiments"], dependencies=[Reader])

Name = Annotated[str, Path(max_length=64, description="Name of the experiment.")]
CellName = Annotated[str, Path(max_length=300, description=A_CELL)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[!-~]{1,255}$",
        description="Any text of up to 255 printable characters. If the same body comes again with this text within a "
        "day, it gets the answer of the first request, and nothing is created.",
    ),
]


@router.post(
    "/experiments",
    status_code=201,
    response_model=ExperimentPosted | GridPlan,
    responses={200: {"description": "All runs existed, or it was a dry_run."}, **problems(413, 429)},
)
def post_experiment(
    body: Annotated[Any, Body()],
    shared: Shared,
    caller: Writer,
    response: Response,
    dry_run: bool = Query(False, description="Only answer with the cells, runs and parameter counts; create nothing."),
    idempotency_key: IdempotencyKey = None,
) -> ExperimentPosted | GridPlan:
    """Ensure that every run of a grid exists. Posting a grid again adds only the missing runs, so more seeds or levels
    extend an experiment. The status is 201 if runs were created, and 200 if all of them existed."""
    spec = after_news(shared.lab.store, lambda: read_grid(body))
    if dry_run:
        response.status_code = 200
        plan = plan_study(shared.lab, spec)
        response.headers.update(headers_of(plan.left_out))
        return plan
    posted = post_grid(shared.lab, spec, caller.key_id, idempotency_key)
    response.headers.update(headers_of(posted.left_out))
    response.status_code = 201 if posted.created else 200
    response.headers["Location"] = f"/experiments/{posted.name}"
    if posted.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return show_posted(posted)


@router.get("/experiments", responses=problems())
def list_experiments(
    shared: Shared,
    search: Annotated[
        str, Query(max_length=200, description="Only those with this text in their name or note, in capitals or not.")
    ] = "",
    tag: Annotated[
        list[Annotated[str, Query(max_length=MAX_TAG)]] | None,
        Query(max_length=MAX_TAGS, description="Only those with this tag. Give it again for those with all of them."),
    ] = None,
) -> list[ExperimentBrief]:
    """List the experiments, the oldest first."""
    return experiments.list_experiments(shared.lab, search, tag or ())


@router.get("/experiments/{name}", response_model=ExperimentDetail, responses=problems(404))
def get_experiment(name: Name, shared: Shared) -> Response:
    """Show an experiment: its runs by status and outcome, the time left, and where it is in MLflow."""
    found = experiments.find_experiment(shared.lab, name)
    detail = experiments.with_what_it_waits_for(shared.lab, found, shared.details.get(found))
    return Response(to_json(detail), media_type="application/json", headers=headers_of(detail.left_out))


@router.patch("/experiments/{name}", responses=problems(404, 409, 413))
def change_experiment(name: Name, changes: ExperimentChanges, shared: Shared, caller: Writer) -> ExperimentBrief:
    """Change an experiment's priority, how many of its runs may train at once, on which device, or with how many CPU
    threads; or its note and its tags. Runs that train already go on. Once a run has started, another number of threads
    is a 409."""
    return steering.change(shared.lab, name, changes.sharing, changes.about, caller.key_id)


@router.get("/experiments/{name}/runs", responses=problems(404))
def list_runs(name: Name, shared: Shared, response: Response) -> list[RunBrief]:
    """List the runs of an experiment in the order in which they are queued: the first seed of every cell, then the
    second."""
    found = runs.list_runs(shared.lab, name)
    left_out = {run.left_out.hash: run.left_out for run in found if run.left_out is not None}
    response.headers.update(headers_of(list(left_out.values())))
    return [show_run(run) for run in found]


@router.get("/experiments/{name}/events", responses=problems(404))
def get_events(
    name: Name,
    shared: Shared,
    limit: int = Query(100, ge=1, le=MOST_EVENTS, description="The largest number of events."),
) -> list[Event]:
    """List what happened to an experiment, newest first: what people and rules did, which runs diverged, and which
    attempts went wrong."""
    return list_events(shared.lab, name, limit)


@router.post("/experiments/{name}/pause", responses=problems(404))
def pause_experiment(name: Name, shared: Shared, caller: Writer) -> Paused:
    """Pause an experiment. Its running runs stop at a checkpoint, and runs that are posted later wait too. It may be
    asked for twice."""
    return steering.pause(shared.lab, name, caller.key_id)


@router.post("/experiments/{name}/resume", responses=problems(404))
def resume_experiment(name: Name, shared: Shared, caller: Writer) -> Resumed:
    """Let a paused experiment go on. Its runs continue from their checkpoints. It may be asked for twice."""
    return steering.resume(shared.lab, name, caller.key_id)


@router.post("/experiments/{name}/cancel", responses=problems(404, 409))
def cancel_experiment(name: Name, shared: Shared, caller: Writer) -> Cancelled:
    """Cancel the queued and paused runs and stop the running ones. Finished runs stay. The status is 409 if the runs
    were imported."""
    return steering.cancel(shared.lab, name, caller.key_id)


@router.post("/experiments/{name}/retry", responses=problems(404, 409, 429))
def retry_experiment(name: Name, shared: Shared, caller: Writer) -> Retried:
    """Queue the failed and cancelled runs again. A diverged run is a result, so it stays. The runs then count for the
    API key that asks. If it would have too many runs in flight, the status is 429, and none is queued. It is 409 if the
    runs were imported."""
    return steering.retry(shared.lab, name, caller.key_id)


@router.delete("/experiments/{name}", responses=problems(404, 409, 413))
def delete_whole_experiment(
    name: Name, shared: Shared, caller: Writer, confirm: str = Query(description="The name of the experiment again.")
) -> Deleted:
    """Delete an experiment with its cells, runs, epochs and checkpoints. The API refuses this while a run of it trains
    (409). MLflow's copy is moved to MLflow's trash, from where it can be restored."""
    return delete_experiment(shared.lab, name, confirm)


@router.delete("/experiments/{name}/cells/{cell}", responses=problems(404, 409, 413))
def forget_cell(name: Name, cell: CellName, shared: Shared, caller: Writer) -> Forgotten:
    """Delete a cell with its runs and their epochs. The cell may be one that cannot be read here. The API refuses this
    while a run of the cell trains (409). Workers remove its checkpoints from their disks. Copies in MLflow stay."""
    return forget(shared.lab, name, cell, caller.key_id)
