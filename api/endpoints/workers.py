"""The workers that are there."""

from fastapi import APIRouter

from api.auth import Reader
from api.endpoints.health import SEEN_WITHIN_SECONDS
from api.errors import problems
from api.resources import Lab
from api.schemas.experiments import WorkerView
from lab.store import now_ms

router = APIRouter(tags=["workers"], dependencies=[Reader])


@router.get("/workers", responses=problems())
def list_workers(lab: Lab) -> list[WorkerView]:
    """Every worker seen lately: what it trains on, and what keeps it from training."""
    now = now_ms()
    return [
        WorkerView(
            **{name: value for name, value in vars(worker).items() if name != "seen_ms"},
            seen_seconds_ago=max(0.0, (now - worker.seen_ms) / 1000),
        )
        for worker in lab.store.workers(SEEN_WITHIN_SECONDS)
    ]
