"""The endpoint of workers."""

from fastapi import APIRouter

from api.auth import Reader
from api.errors import problems
from api.readiness import SEEN_WITHIN_SECONDS
from api.resources import Shared
from api.schemas.lab import WorkerView
from api.serializers import show_worker
from evenkeel.store import now_ms

router = APIRouter(tags=["workers"], dependencies=[Reader])


@router.get("/workers", responses=problems())
def list_workers(shared: Shared) -> list[WorkerView]:
    """List the workers that were seen lately: what each trains on, and what keeps it from training."""
    return [show_worker(worker, now_ms()) for worker in shared.lab.store.workers.seen(SEEN_WITHIN_SECONDS)]
