"""Whether the API lives, and whether the lab behind it can work."""

import httpx
from fastapi import APIRouter, Response
from kombu.exceptions import OperationalError
from sqlalchemy.exc import SQLAlchemyError

from api.resources import Lab, Resources
from api.schemas.experiments import Check, Readiness

router = APIRouter(tags=["health"])

SEEN_WITHIN_SECONDS = 15.0


@router.get("/healthz")
def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"model": Readiness}})
def readyz(lab: Lab, response: Response) -> Readiness:
    """Store, broker, MLflow and workers: 200 if all are there, 503 saying what is missing."""
    checks = {"store": _store(lab), "broker": _broker(lab), "mlflow": _mlflow(lab), "workers": _workers(lab)}
    ready = all(check.ok for check in checks.values())
    response.status_code = 200 if ready else 503
    return Readiness(ready=ready, checks=checks)


def _store(lab: Resources) -> Check:
    try:
        lab.store.ping()
    except SQLAlchemyError as error:
        return Check(ok=False, detail=f"no answer, or never migrated: {type(error).__name__}")
    return Check(ok=True, detail=f"{lab.store.engine.dialect.name} answers")


def _broker(lab: Resources) -> Check:
    try:
        return Check(ok=True, detail=f"{sum(lab.doorbell.waiting().values())} messages waiting")
    except (OperationalError, ConnectionError, OSError) as error:
        return Check(ok=False, detail=f"Redis does not answer: {type(error).__name__}")


def _mlflow(lab: Resources) -> Check:
    # A real API path: /health says 200 even where MLflow refuses this Host header.
    url = f"{lab.settings.mlflow_url}/api/2.0/mlflow/experiments/search"
    user, password = lab.settings.mlflow_username, lab.settings.mlflow_password
    auth = (user, password.get_secret_value()) if user and password else None
    try:
        answer = httpx.get(url, params={"max_results": 1}, timeout=3, auth=auth)
    except httpx.HTTPError as error:
        return Check(ok=False, detail=f"{lab.settings.mlflow_url} does not answer: {type(error).__name__}")
    return Check(ok=answer.is_success, detail=f"{lab.settings.mlflow_url} says {answer.status_code}")


def _workers(lab: Resources) -> Check:
    try:
        seen = lab.store.workers(SEEN_WITHIN_SECONDS)
    except SQLAlchemyError as error:
        return Check(ok=False, detail=f"the store does not answer: {type(error).__name__}")
    if not seen:
        return Check(
            ok=False, detail=f"none seen in the last {SEEN_WITHIN_SECONDS:.0f} s; start one: python -m trainer"
        )
    said = [f"{w.name}: {w.problem or f'{w.slots} slots on {w.device}'}" for w in seen]
    return Check(ok=any(worker.problem is None for worker in seen), detail=", ".join(said))
