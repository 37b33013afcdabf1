"""Workers that train nothing: their slots claim runs, sleep, and make the same calls of the store that a supervisor
makes. Each process stands for many workers."""

import heapq
import random
import threading
import time
from collections.abc import MutableSequence
from dataclasses import dataclass
from itertools import count
from multiprocessing.synchronize import Event

from evenkeel.plugins import Outcome
from evenkeel.records.leases import Claim
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION, METRICS

TASKS = {CLASSIFICATION.name: CLASSIFICATION.version}
LEASE_SECONDS, RENEW_SECONDS = 90.0, 15.0


@dataclass(frozen=True)
class Crowd:
    """Attributes:
    slots: number of slots in this process.
    threads: number of threads that serve them, each with a connection of its own.
    epochs: number of epochs of a run.
    epoch_seconds: how long a slot sleeps for an epoch, give or take half.
    """

    slots: int
    threads: int
    epochs: int
    epoch_seconds: float


def work(url: str, crowd: Crowd, name: str, stop: Event, told: MutableSequence[tuple[str, float]]) -> None:
    """Let a crowd work until it is stopped. Then `told` has (name of the call, its milliseconds) of each call."""
    store, mine = Store(url), list[list[tuple[str, float]]]()
    threads = []
    for index in range(crowd.threads):
        mine.append([])
        share = range(index, crowd.slots, crowd.threads)
        slots = _Slots(store, crowd, f"{name}-{index}", len(share), mine[-1])
        threads.append(threading.Thread(target=slots.run, args=(stop,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.extend([call for calls in mine for call in calls])
    store.close()


class _Slots:
    """The slots of one thread. What is due next is done next, one after another."""

    def __init__(self, store: Store, crowd: Crowd, name: str, number: int, told: list[tuple[str, float]]) -> None:
        self.store, self.crowd, self.told = store, crowd, told
        self.taker, self.rng = Taker(name, "simulated", TASKS), random.Random(name)
        self.order = count()
        self.due: list[tuple[float, int, Claim | None, int, float]] = []
        for _ in range(number):
            self._later(self.rng.uniform(0, crowd.epoch_seconds), None, 0, 0.0)

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            wait = self.due[0][0] - time.monotonic()
            if wait > 0:
                stop.wait(min(wait, 0.5))
                continue
            at, _, claim, epoch, renewed = heapq.heappop(self.due)
            self.told.append(("behind", 1000 * (time.monotonic() - at)))
            self._step(claim, epoch, renewed)

    def _step(self, claim: Claim | None, epoch: int, renewed: float) -> None:
        claims = self.store.claims
        if claim is None:
            with _timed(self.told, "claim"):
                claim = claims.take(self.taker, LEASE_SECONDS)
            if claim is not None:
                with _timed(self.told, "begin"):
                    claims.begin(claim, 0, 0, "", {"torch": "none"})
            return self._later(self._nap(), claim, 0, time.monotonic())
        if time.monotonic() - renewed > RENEW_SECONDS:
            with _timed(self.told, "renew"):
                claims.renew(claim, LEASE_SECONDS)
            renewed = time.monotonic()
        values: dict[str, float | None] = {metric.name: self.rng.random() for metric in METRICS}
        with _timed(self.told, "append"):
            held = claims.append_epoch(claim, Epoch(claim.run_id, epoch + 1, values, 1.0, now_ms()))
        assert held, f"run {claim.run_id} was lost"
        if epoch + 1 < self.crowd.epochs:
            return self._later(self._nap(), claim, epoch + 1, renewed)
        with _timed(self.told, "finish"):
            claims.finish(claim, Outcome.CONVERGED, trained=self.crowd.epochs)
        self._later(0.0, None, 0, 0.0)

    def _nap(self) -> float:
        return self.crowd.epoch_seconds * self.rng.uniform(0.5, 1.5)

    def _later(self, seconds: float, claim: Claim | None, epoch: int, renewed: float) -> None:
        heapq.heappush(self.due, (time.monotonic() + seconds, next(self.order), claim, epoch, renewed))


class _timed:  # noqa: N801
    """Notes how long a block took."""

    def __init__(self, told: list[tuple[str, float]], name: str) -> None:
        self.told, self.name = told, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.told.append((self.name, 1000 * (time.perf_counter() - self.began)))
