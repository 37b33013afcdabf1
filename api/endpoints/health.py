"""The endpoints of health: whether the API answers, and whether the lab behind it can work."""

from fastapi import APIRouter, Response

from api.resources import Shared
from api.schemas.lab import Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that the process answers. It waits for nothing: no thread, no store and no other service."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": Readiness}})
async def readyz(shared: Shared, response: Response) -> Readiness:
    """Say whether the lab can work, as it was seen within the last seconds. The status is 200 if the store, the broker
    and MLflow answer and a worker's slot can take a run. Otherwise it is 503, and the checks say what is missing."""
    seen = await shared.surroundings.readiness()
    response.status_code = 200 if seen.ready else 503
    return seen
