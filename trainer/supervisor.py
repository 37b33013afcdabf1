"""Looks after one run at a time on one slot: the lease, the events of the child, cancel, deadline, shutdown."""

import base64
import logging
import threading
import time
from typing import Any

from sqlalchemy.exc import OperationalError

from lab.records import Claim, Epoch, Lease, Taker
from lab.settings import Settings
from lab.sharing import Device
from lab.status import Outcome
from lab.store import Store, now_ms
from trainer.datasets.cache import list_prepared
from trainer.slot import ChildDied, Slot

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
STORE_PAUSE_SECONDS = 1.0


class Meter:
    """Epochs trained since the worker started, and the seconds that they took; its slots' threads share it."""

    def __init__(self) -> None:
        self.epochs, self.seconds = 0, 0.0
        self._lock = threading.Lock()

    def add(self, seconds: float) -> None:
        with self._lock:
            self.epochs += 1
            self.seconds += seconds


class Supervisor:
    """`stopping` is set when the worker must leave: runs in hand are given back, unharmed."""

    def __init__(self, store: Store, settings: Settings, code_version: str, stopping: threading.Event) -> None:
        self.store = store
        self.settings = settings
        self.code_version = code_version
        self.stopping = stopping
        self.meter = Meter()

    def supervise(self, slot: Slot, kind: Device) -> bool:
        """Claim the run whose turn it is, train it on the child of `slot`, which is ready, record what comes of it.
        False where there was nothing to claim."""
        if self.stopping.is_set():
            return False
        settings = self.settings
        there = [(dataset.name, dataset.image_size) for dataset in list_prepared(settings.datasets_dir)]
        taker = Taker(settings.worker_name, self.code_version, kind, there)
        claim = self.store.claim(taker, settings.lease_seconds)
        if claim is None:
            return False
        log.info("run %s: attempt %d", claim.run_id, claim.attempt)
        folder = settings.data_dir.absolute() / "checkpoints" / claim.run_id / f"attempt-{claim.attempt}"
        try:
            slot.send({"run": claim.spec.model_dump(mode="json"), "folder": str(folder)})
            self._follow(claim, slot)
        except ChildDied as death:
            log.error("run %s: %s", claim.run_id, death)
            self._insist(self.store.crash, claim, str(death), settings.max_crashes)
        return True

    def _follow(self, claim: Claim, slot: Slot) -> None:
        """Until the child says how it ended, or there is a reason to end it. The lease is renewed by this loop's own
        clock, never by the child's progress."""
        renewed = started = time.monotonic()
        while True:
            event = slot.receive(TICK_SECONDS)
            if event is not None and not self._record(claim, event):
                slot.kill()
                return
            if event is not None and event["event"] in ("finished", "failed"):
                return
            if self.stopping.is_set():
                slot.kill()
                self._insist(self.store.release, claim)
                return
            if time.monotonic() - started > self.settings.run_deadline_seconds:
                slot.kill()
                error = f"ran longer than EVENKEEL_RUN_DEADLINE_SECONDS={self.settings.run_deadline_seconds:g}"
                self._insist(self.store.fail, claim, error)
                return
            if time.monotonic() - renewed > self.settings.heartbeat_seconds:
                lease = self._insist(self.store.renew, claim, self.settings.lease_seconds)
                renewed = time.monotonic()
                if lease is not Lease.HELD:
                    slot.kill()
                    log.warning("run %s: %s", claim.run_id, lease)
                    self._insist(self.store.confirm_cancel, claim)
                    return

    def _record(self, claim: Claim, event: dict[str, Any]) -> bool:
        """Write an event to the store; False if the claim is no longer ours."""
        values = {name: value for name, value in event.items() if name != "event"}
        match event["event"]:
            case "epoch":
                epoch = Epoch(claim.run_id, **values, logged_ms=now_ms())
                self.meter.add(epoch.epoch_seconds)
                return bool(self._insist(self.store.append_epoch, claim, epoch))
            case "data":
                return bool(self._insist(self.store.record_dataset, claim, **values))
            case "checkpoint":
                return bool(self._insist(self.store.record_checkpoint, claim, **values))
            case "correct":
                bits = base64.b64decode(values["bits"])
                return bool(self._insist(self.store.record_correct, claim, values["num_examples"], bits))
            case "finished":
                outcome = Outcome(values["outcome"])
                return bool(self._insist(self.store.finish, claim, outcome, values["diverged_epoch"]))
            case _:
                log.error("run %s: %s", claim.run_id, values["error"])
                return bool(self._insist(self.store.fail, claim, values["error"]))

    def _insist(self, write: Any, *arguments: Any, **named: Any) -> Any:
        """A database that is away for a while must not cost a run: try until it answers. The fence makes a repeat of
        what went through harmless, and if the lease ran out meanwhile the answer says so."""
        while True:
            try:
                return write(*arguments, **named)
            except OperationalError as error:
                if self.stopping.is_set():
                    raise
                log.warning("store away, trying again: %s", error.orig)
                time.sleep(STORE_PAUSE_SECONDS)
