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
    epochs: number of epochs of a run. The first run of a slot has fewer, so that runs end all the time.
    epoch_seconds: how long a slot sleeps for an epoch, give or take half.
    """

    slots: int
    threads: int
    epochs: int
    epoch_seconds: float


def work(
    url: str, crowd: Crowd, name: str, count_now: Event, stop: Event, told: MutableSequence[tuple[str, float]]
) -> None:
    """Let a crowd work until it is stopped. Then `told` has (name of the call, its milliseconds) of each call after
    `count_now` was set."""
    store, mine = Store(url), list[list[tuple[str, float]]]()
    threads = []
    for index in range(crowd.threads):
        mine.append([])
        share = range(index, crowd.slots, crowd.threads)
        slots = _Slots(store, crowd, f"{name}-{index}", len(share), mine[-1])
        threads.append(threading.Thread(target=slots.run, args=(count_now, stop)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.extend([call for calls in mine for call in calls])
    store.close()


@dataclass
class _Slot:
    """What a slot trains: a run of so many epochs, the last one that it has trained, and when its lease was renewed."""

    claim: Claim | None
    epoch: int
    epochs: int
    renewed: float


class _Slots:
    """The slots of one thread. What is due next is done next, one after another."""

    def __init__(self, store: Store, crowd: Crowd, name: str, number: int, told: list[tuple[str, float]]) -> None:
        self.store, self.crowd, self.told = store, crowd, told
        self.taker, self.rng = Taker(name, "simulated", TASKS), random.Random(name)
        self.order = count()
        self.due: list[tuple[float, int, _Slot]] = []
        for _ in range(number):
            first = self.rng.randint(1, crowd.epochs)
            self._later(self.rng.uniform(0, crowd.epoch_seconds), _Slot(None, 0, first, 0.0))

    def run(self, count_now: Event, stop: Event) -> None:
        while not stop.is_set():
            if not count_now.is_set():
                self.told.clear()
            wait = self.due[0][0] - time.monotonic()
            if wait > 0:
                stop.wait(min(wait, 0.5))
                continue
            at, _, slot = heapq.heappop(self.due)
            self.told.append(("behind", 1000 * (time.monotonic() - at)))
            self._step(slot)

    def _step(self, slot: _Slot) -> None:
        claims, claim = self.store.claims, slot.claim
        if claim is None:
            with _timed(self.told, "claim"):
                slot.claim = claims.take(self.taker, LEASE_SECONDS)
            if slot.claim is not None:
                with _timed(self.told, "begin"):
                    claims.begin(slot.claim, 0, 0, "", {"torch": "none"})
            slot.renewed = time.monotonic()
            return self._later(self._nap(), slot)
        if time.monotonic() - slot.renewed > RENEW_SECONDS:
            with _timed(self.told, "renew"):
                claims.renew(claim, LEASE_SECONDS)
            slot.renewed = time.monotonic()
        slot.epoch += 1
        values: dict[str, float | None] = {metric.name: self.rng.random() for metric in METRICS}
        with _timed(self.told, "append"):
            held = claims.append_epoch(claim, Epoch(claim.run_id, slot.epoch, values, 1.0, now_ms()))
        assert held, f"run {claim.run_id} was lost"
        if slot.epoch < slot.epochs:
            return self._later(self._nap(), slot)
        with _timed(self.told, "finish"):
            claims.finish(claim, Outcome.CONVERGED, trained=slot.epochs)
        self._later(0.0, _Slot(None, 0, self.crowd.epochs, 0.0))

    def _nap(self) -> float:
        return self.crowd.epoch_seconds * self.rng.uniform(0.5, 1.5)

    def _later(self, seconds: float, slot: _Slot) -> None:
        heapq.heappush(self.due, (time.monotonic() + seconds, next(self.order), slot))


class _timed:  # noqa: N801
    """Notes how long a block took."""

    def __init__(self, told: list[tuple[str, float]], name: str) -> None:
        self.told, self.name = told, name

    def __enter__(self) -> None:
        self.began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self.told.append((self.name, 1000 * (time.perf_counter() - self.began)))
