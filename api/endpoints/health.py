"""The endpoints of health: whether the API answers, and whether the lab behind it can work."""

import httpx
from fastapi import APIRouter, Response

from api.resources import Shared
from api.schemas.lab import Probe, Readiness
from evenkeel.lab.context import Lab
from evenkeel.lab.queue import BrokerAway
from evenkeel.records.workers import Worker
from evenkeel.store import StoreAway

router = APIRouter(tags=["health"])

SEEN_WITHIN_SECONDS = 15.0


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": Readiness}})
def readyz(shared: Shared, response: Response) -> Readiness:
    """Check whether the lab can work. The status is 200 if the store, the broker and MLflow answer and a worker's slot
    can take a run now. Otherwise it is 503, and the checks say what is missing."""
    lab = shared.lab
    checks = {"store": _store(lab), "broker": _broker(lab), "mlflow": _mlflow(lab), "workers": _workers(lab)}
    ready = all(check.ok for check in checks.values())
    response.status_code = 200 if ready else 503
    return Readiness(ready=ready, checks=checks)


def _store(lab: Lab) -> Probe:
    try:
        lab.store.ping()
    except StoreAway as error:
        return Probe(ok=False, detail=f"no answer, or never migrated: {_kind(error)}")
    return Probe(ok=True, detail=f"{lab.store.database.dialect} answers")


def _broker(lab: Lab) -> Probe:
    try:
        return Probe(ok=True, detail=f"{sum(lab.doorbell.waiting().values())} messages waiting")
    except BrokerAway as error:
        return Probe(ok=False, detail=f"Redis does not answer: {_kind(error)}")


def _mlflow(lab: Lab) -> Probe:
    # This asks for a real API path, because /health answers 200 even if MLflow refuses this Host header.
    settings = lab.settings
    url = f"{settings.mlflow_url}/api/2.0/mlflow/experiments/search"
    try:
        answer = httpx.get(url, params={"max_results": 1}, timeout=3, auth=settings.mlflow_auth)
    except httpx.HTTPError as error:
        return Probe(ok=False, detail=f"{settings.mlflow_url} does not answer: {type(error).__name__}")
    return Probe(ok=answer.is_success, detail=f"{settings.mlflow_url} says {answer.status_code}")


def _workers(lab: Lab) -> Probe:
    try:
        seen = lab.store.workers.seen(SEEN_WITHIN_SECONDS)
    except StoreAway as error:
        return Probe(ok=False, detail=f"the store does not answer: {_kind(error)}")
    if not seen:
        return Probe(
            ok=False,
            detail=f"no worker was seen in the last {SEEN_WITHIN_SECONDS:.0f} s; start one: python -m trainer",
        )
    said = [f"{worker.name}: {_state(worker)}" for worker in seen]
    return Probe(ok=any(worker.ready for worker in seen), detail=", ".join(said))


def _state(worker: Worker) -> str:
    if worker.problem is not None:
        return worker.problem
    return f"{worker.slots} slots on {worker.device}" if worker.ready else "starting, no slot ready yet"


def _kind(error: Exception) -> str:
    """The name of the error. A driver's own message may contain addresses, and anybody may call this endpoint."""
    return type(error.__cause__ or error).__name__
