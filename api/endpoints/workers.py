"""The endpoint of workers."""

from fastapi import APIRouter

from api.auth import Reader
from api.errors import problems
from api.readiness import SEEN_WITHIN_SECONDS
from api.resources import Shared
from api.schemas.lab import WorkerView
from api.serializers import show_worker
from evenkeel.lab.context import Lab
from evenkeel.lab.runs import training_runs
from evenkeel.store import now_ms

router = APIRouter(tags=["workers"], dependencies=[Reader])


@router.get("/workers", responses=problems())
def list_workers(shared: Shared) -> list[WorkerView]:
    """List the workers that were seen lately: what each trains on, and what keeps it from training."""
    return workers_now(shared.lab)


def workers_now(lab: Lab) -> list[WorkerView]:
    """The workers that were seen lately, as the API and the pages show them."""
    training = training_runs(lab)
    seen = lab.store.workers.seen(SEEN_WITHIN_SECONDS)
    return [show_worker(worker, now_ms(), training.get(worker.name, ())) for worker in seen]
