"""The endpoints of a run: everything that is known about it, the network that it trained, cancelling and retrying."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from api.auth import Reader, Writer
from api.checkpoints import send_checkpoint
from api.errors import problems
from api.left_out import headers_of
from api.resources import Shared
from api.schemas.runs import RunChanged, RunDetail
from api.serializers import show_whole_run
from evenkeel.lab.one_run import cancel_run, retry_run
from evenkeel.lab.runs import find_run, read_log
from evenkeel.printable import printable_lines

router = APIRouter(tags=["runs"], dependencies=[Reader])

RunId = Annotated[str, Path(max_length=64, description="Id of the run, or at least its first eight characters.")]
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "headers": {"ETag": {"description": "The file's sha256, in hex.", "schema": {"type": "string"}}},
    }
}

ATTEMPT = {"description": "Number of the attempt that printed it; 0 if there is none.", "schema": {"type": "integer"}}
LOG: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/plain": {"schema": {"type": "string"}}},
        "headers": {"Evenkeel-Attempt": ATTEMPT},
    }
}


@router.get("/runs/{run_id}", response_model_exclude_unset=True, responses=problems(404))
def get_run(run_id: RunId, shared: Shared, response: Response) -> RunDetail:
    """Show a run: its levels and seed, its status, its attempts, and every epoch so far."""
    found = find_run(shared.lab, run_id)
    response.headers.update(headers_of([found.named.left_out] if found.named.left_out else []))
    return show_whole_run(found)


@router.get("/runs/{run_id}/log", response_class=Response, responses={**LOG, **problems(404)})
def get_log(
    run_id: RunId,
    shared: Shared,
    attempt: Annotated[int | None, Query(ge=1, description="Number of the attempt. The default is the newest.")] = None,
) -> Response:
    """Send what an attempt at the run printed: its last lines, at most 64 KB. What a terminal would obey is escaped. It
    is empty if the attempt printed nothing, or nothing yet."""
    found = read_log(shared.lab, run_id, attempt)
    headers = {"Evenkeel-Attempt": str(found.attempt), "X-Content-Type-Options": "nosniff"}
    return Response(printable_lines(found.text), media_type="text/plain; charset=utf-8", headers=headers)


@router.get("/runs/{run_id}/checkpoint", response_class=Response, responses={**FILE, **problems(404, 409)})
async def get_checkpoint(run_id: RunId, shared: Shared) -> Response:
    """Send the file of the run's newest checkpoint. The status is 404 if there is none yet, and 409 if the API cannot
    read it."""
    return await send_checkpoint(shared.lab, run_id)


@router.post("/runs/{run_id}/cancel", responses=problems(404, 409))
def cancel_one_run(run_id: RunId, shared: Shared, caller: Writer) -> RunChanged:
    """Cancel a run that is queued, paused or running. The status is 409 if it has finished or failed."""
    return cancel_run(shared.lab, run_id, caller.key_id)


@router.post("/runs/{run_id}/retry", responses=problems(404, 409, 429))
def retry_one_run(run_id: RunId, shared: Shared, caller: Writer) -> RunChanged:
    """Queue a failed or cancelled run again. The status is 409 for any other run, and 429 if the API key that asks has
    too many runs in flight."""
    return retry_run(shared.lab, run_id, caller.key_id)
