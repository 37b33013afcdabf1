"""Supervises the run of one slot: renews its lease, records the child's events, and stops the run when it must end."""

import logging
import threading
import time
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_when_event_set, wait_fixed
from tenacity.nap import sleep_using_event

from evenkeel.grids.sharing import Device
from evenkeel.lab.store import Store, StoreAway, now_ms
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim, Lease
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker
from evenkeel.settings import Settings
from trainer.codec import ProtocolError
from trainer.prepared import list_prepared
from trainer.protocol import Checkpointed, Correct, Dataset, Ended, EpochMeasured, Event, Failed, TrainRun
from trainer.slot import ChildDied, Slot
from trainer.trainers import trainable_tasks

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
STORE_PAUSE_SECONDS = 1.0

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Meter:
    """Counts the epochs trained since the worker started, and their seconds. The threads of all its slots share it."""

    def __init__(self) -> None:
        self.epochs, self.seconds = 0, 0.0
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        with self._lock:
            self.epochs += 1
            self.seconds += seconds


class Supervisor:
    """Trains runs in the slots of one worker.

    When the worker must stop, `stopping` is set. The runs that still train are then given back to the queue. That does
    not count as a crash.
    """

    def __init__(self, store: Store, settings: Settings, code_version: str, stopping: threading.Event) -> None:
        self.store = store
        self.settings = settings
        self.code_version = code_version
        self.stopping = stopping
        self.meter = Meter()

    def supervise(self, slot: Slot, kind: Device) -> bool:
        """Claim the next run, train it in the child of `slot`, and record its results.

        Args:
            slot: Its child must be ready.
            kind: The kind of device that the slot trains on.

        Returns:
            False if there was no run to claim, or if the worker is stopping.
        """
        if self.stopping.is_set():
            return False
        settings = self.settings
        there = [(dataset.name, dataset.image_size) for dataset in list_prepared(settings.datasets_dir)]
        taker = Taker(settings.worker_name, self.code_version, trainable_tasks(), kind, there)
        claim = self.store.claims.take(taker, settings.lease_seconds)
        if claim is None:
            return False
        log.info("run %s: attempt %d", claim.run_id, claim.attempt)
        folder = settings.data_dir.absolute() / "checkpoints" / claim.run_id / f"attempt-{claim.attempt}"
        cell = claim.spec.cell
        try:
            slot.send(TrainRun(cell.task.name, cell.stored_levels, claim.spec.seed, str(folder)))
            self._follow(claim, slot)
        except ProtocolError as error:
            log.error("run %s: %s", claim.run_id, error)
            self._insist(self.store.claims.fail, claim, Reason.ERROR, str(error))
        except ChildDied as death:
            slot.kill()
            log.error("run %s: %s", claim.run_id, death)
            self._insist(self.store.claims.crash, claim, Reason.DIED, str(death), settings.max_crashes)
        return True

    def _follow(self, claim: Claim, slot: Slot) -> None:
        """Record the events of the child until its run ends or must be stopped.

        This loop renews the lease at fixed intervals, whether or not the child makes progress.
        """
        claims = self.store.claims
        renewed = started = time.monotonic()
        while True:
            event = slot.receive(TICK_SECONDS)
            if event is not None and not self._record(claim, event):
                slot.kill()
                return
            if isinstance(event, Ended | Failed):
                return
            if self.stopping.is_set():
                slot.kill()
                self._insist(claims.release, claim)
                return
            if time.monotonic() - started > self.settings.run_deadline_seconds:
                slot.kill()
                error = f"the run took longer than EVENKEEL_RUN_DEADLINE_SECONDS={self.settings.run_deadline_seconds:g}"
                self._insist(claims.fail, claim, Reason.DEADLINE, error)
                return
            if time.monotonic() - renewed > self.settings.heartbeat_seconds:
                lease = self._insist(claims.renew, claim, self.settings.lease_seconds)
                renewed = time.monotonic()
                if lease is not Lease.HELD:
                    slot.kill()
                    log.warning("run %s: %s", claim.run_id, lease)
                    self._insist(claims.release if lease is Lease.PAUSE else claims.confirm_cancel, claim)
                    return

    def _record(self, claim: Claim, event: Event) -> bool:
        """Write an event to the store. False if the claim was lost. Raises ChildDied for an event that cannot occur
        while a run trains."""
        claims = self.store.claims
        match event:
            case EpochMeasured(number, values, seconds):
                self.meter.add(seconds)
                epoch = Epoch(claim.run_id, number, values, seconds, logged_ms=now_ms())
                return self._insist(claims.append_epoch, claim, epoch)
            case Dataset(dataset_hash):
                return self._insist(claims.record_dataset, claim, dataset_hash)
            case Checkpointed(number, path, sha256):
                return self._insist(claims.record_checkpoint, claim, number, path, sha256)
            case Correct(num_examples, bits):
                return self._insist(claims.record_correct, claim, num_examples, bits)
            case Ended(outcome, diverged_epoch):
                return self._insist(claims.finish, claim, outcome, diverged_epoch)
            case Failed(error):
                log.error("run %s: %s", claim.run_id, error)
                return self._insist(claims.fail, claim, Reason.ERROR, error)
            case _:
                raise ChildDied(f"the training process sent {type(event).__name__} in the middle of a run")

    def _insist(
        self, write: Callable[Arguments, Answer], *arguments: Arguments.args, **named: Arguments.kwargs
    ) -> Answer:
        """Repeat a write until the store answers, so that no run is lost while the database cannot be reached.

        A write that had succeeded may be repeated without harm, since the store checks the claim's attempt each time.
        If the lease has expired meanwhile, the answer says so. Raises StoreAway if the worker stops meanwhile.
        """
        insist = Retrying(
            retry=retry_if_exception_type(StoreAway),
            stop=stop_when_event_set(self.stopping),
            wait=wait_fixed(STORE_PAUSE_SECONDS),
            sleep=sleep_using_event(self.stopping),
            before_sleep=_say_away,
            reraise=True,
        )
        return insist(write, *arguments, **named)


def _say_away(attempt: RetryCallState) -> None:
    outcome = attempt.outcome
    log.warning("the store cannot be reached, trying again: %s", outcome.exception() if outcome else "no answer")
