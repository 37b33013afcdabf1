"""Whether the lab can work: the store, the broker, MLflow and the workers, as they were seen last."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx

from api.looks import Look, Seen
from api.schemas.lab import Probe, Readiness
from evenkeel.lab.context import Lab
from evenkeel.lab.queue import BrokerAway, Messages
from evenkeel.records.workers import Worker
from evenkeel.store import StoreAway

SEEN_WITHIN_SECONDS = 15.0
WORKERS_SECONDS = 0.2
# What was seen longer ago says nothing about now.
STALE_SECONDS = 10.0

# What became of the messages, or why that is not known.
Broker = Messages | BrokerAway


class Surroundings:
    """Looks at what the lab needs. A look takes none of the threads that answer requests."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="looks")
        self.broker: Look[Broker] = Look(self._messages, self._threads)
        self._probes = {
            "store": Look(self._store, self._threads),
            "mlflow": Look(self._mlflow, self._threads),
            # Somebody who starts a lab waits for its workers. This look is one short query.
            "workers": Look(self._workers, self._threads, WORKERS_SECONDS),
        }

    async def readiness(self) -> Readiness:
        """What was seen of each part, and the age of the oldest sight."""
        looks = asyncio.gather(*(look.get() for look in self._probes.values()))
        broker, probes = await asyncio.gather(self.broker.get(), looks)
        seen = dict(zip(self._probes, probes, strict=True))
        seen["broker"] = None if broker is None else Seen(_broker(broker.value), broker.age_seconds)
        checks = {name: _in_time(seen[name]) for name in ("store", "broker", "mlflow", "workers")}
        age = max((each.age_seconds for each in seen.values() if each is not None), default=0.0)
        return Readiness(ready=all(check.ok for check in checks.values()), checks=checks, age_seconds=round(age, 2))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _store(self) -> Probe:
        try:
            self.lab.store.ping()
        except StoreAway as error:
            return Probe(ok=False, detail=f"no answer, or never migrated: {_kind(error)}")
        return Probe(ok=True, detail=f"{self.lab.store.database.dialect} answers")

    def _messages(self) -> Broker:
        try:
            return self.lab.doorbell.messages()
        except BrokerAway as error:
            return error

    def _mlflow(self) -> Probe:
        # This asks for a real API path, because /health answers 200 even if MLflow refuses this Host header.
        settings = self.lab.settings
        url = f"{settings.mlflow_url}/api/2.0/mlflow/experiments/search"
        try:
            answer = httpx.get(url, params={"max_results": 1}, timeout=3, auth=settings.mlflow_auth)
        except httpx.HTTPError as error:
            return Probe(ok=False, detail=f"{settings.mlflow_url} does not answer: {type(error).__name__}")
        return Probe(ok=answer.is_success, detail=f"{settings.mlflow_url} says {answer.status_code}")

    def _workers(self) -> Probe:
        try:
            seen = self.lab.store.workers.seen(SEEN_WITHIN_SECONDS)
        except StoreAway as error:
            return Probe(ok=False, detail=f"the store does not answer: {_kind(error)}")
        if not seen:
            return Probe(
                ok=False,
                detail=f"no worker was seen in the last {SEEN_WITHIN_SECONDS:.0f} s; start one: python -m trainer",
            )
        said = [f"{worker.name}: {_state(worker)}" for worker in seen]
        return Probe(ok=any(worker.ready for worker in seen), detail=", ".join(said))


def _broker(broker: Broker) -> Probe:
    if isinstance(broker, BrokerAway):
        return Probe(ok=False, detail=f"the broker does not answer: {_kind(broker)}")
    return Probe(ok=True, detail=f"{sum(broker.waiting.values())} messages waiting")


def _in_time(seen: Seen[Probe] | None) -> Probe:
    if seen is None:
        return Probe(ok=False, detail="no answer yet")
    if seen.age_seconds > STALE_SECONDS:
        return Probe(ok=False, detail=f"no answer for {seen.age_seconds:.0f} s; before that: {seen.value.detail}")
    return seen.value


def _state(worker: Worker) -> str:
    broken = [f"{each.name!r} of {each.package} cannot be used: {each.why:.200}" for each in worker.broken]
    if worker.problem is not None:
        state = worker.problem
    else:
        state = f"{worker.slots} slots on {worker.device}" if worker.ready else "starting, no slot ready yet"
    return "; ".join([state, *broken])


def _kind(error: Exception) -> str:
    """The name of the error. A driver's own message may contain addresses, and anybody may call this endpoint."""
    return type(error.__cause__ or error).__name__
