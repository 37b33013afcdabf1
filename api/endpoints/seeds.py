"""The endpoint that adds seeds to an experiment."""

from fastapi import APIRouter, Query, Response

from api.auth import Reader, Writer
from api.endpoints.experiments import IdempotencyKey, Name
from api.errors import problems
from api.left_out import headers_of
from api.resources import Shared
from api.schemas.experiments import SeedsAdded, SeedsWanted
from evenkeel.lab.seeds import add_seeds

router = APIRouter(tags=["experiments"], dependencies=[Reader])


@router.post(
    "/experiments/{name}/seeds",
    status_code=201,
    responses={200: {"description": "Nothing was created: a dry_run, or repeated."}, **problems(404, 409, 413, 429)},
)
def add_more_seeds(
    name: Name,
    wanted: SeedsWanted,
    shared: Shared,
    caller: Writer,
    response: Response,
    dry_run: bool = Query(False, description="Only answer with what would be added; create nothing."),
    idempotency_key: IdempotencyKey = None,
) -> SeedsAdded:
    """Add seeds to every cell of an experiment: those that come after its highest one. Each request adds more; with an
    Idempotency-Key, a repeated one does not. The status is 409 if the runs were imported."""
    added = add_seeds(shared.lab, name, wanted.add, caller.key_id, idempotency_key, dry_run)
    response.headers.update(headers_of(added.left_out))
    response.status_code = 200 if dry_run or added.repeated else 201
    if added.repeated:
        response.headers["Idempotency-Replayed"] = "true"
    return added
