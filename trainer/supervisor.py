"""Supervises the run of one slot: keeps its lease, records the child's events, and stops the run when it must end."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from evenkeel.grids.sharing import Device
from evenkeel.plugins import Announced
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim, Lease
from evenkeel.records.workers import Taker
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.codec import ProtocolError
from trainer.lease import LeaseKeeper
from trainer.plugins.installed import Installed
from trainer.prepared import list_prepared
from trainer.printed import Printed
from trainer.protocol import Ended, Failed, Stop, Stopped, TrainRun
from trainer.recording import Meter, Recorder
from trainer.slot import ChildDied, Slot
from trainer.trainers import trainable_tasks
from trainer.working import WorkingFolder

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
# A run that must stop has this long to finish its step and to write a checkpoint.
STOP_SECONDS = 10.0

# Fetches the newest checkpoint of a run into a folder. False if there is none.
Fetch = Callable[[str, Path], bool]


class Supervisor:
    """Trains runs in the slots of one worker.

    When the worker must stop, `stopping` is set. The runs that still train then write a checkpoint and are given back
    to the queue. That does not count as a crash.

    Args:
        fetch: Fetches the checkpoint of a run that another machine trained before.
        installed: The worker's plug-ins; None if it has none.
        at_work: A run is trained within its block.
    """

    def __init__(
        self,
        store: Store,
        settings: Settings,
        code_version: str,
        stopping: threading.Event,
        fetch: Fetch = lambda run_id, folder: False,
        installed: Installed | None = None,
        at_work: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.store = store
        self.settings = settings
        self.code_version = code_version
        self.stopping = stopping
        self.meter = Meter()
        self._fetch, self._at_work = fetch, at_work
        self._installed = installed or Installed(settings, lambda found: found)

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
        plugins = self._installed
        tasks = trainable_tasks(plugins.announced)
        taker = Taker(
            settings.worker_name, self.code_version, tasks, kind, there, plugins.packages, plugins.announced.broken
        )
        claim = self.store.claims.take(taker, settings.lease_seconds)
        if claim is None:
            return False
        log.info("run %s: attempt %d", claim.run_id, claim.attempt)
        printed = Printed(self.store.logs, claim, slot.output)
        recorder = Recorder(self.store, claim, self.meter, self.stopping, settings.max_crashes, printed.end)
        needed = plugins.needed_for(claim.spec.cell)
        working = WorkingFolder(settings, claim, needed)
        with self._at_work(), LeaseKeeper(self.store.claims, claim, settings) as lease, working, printed:
            if not self._is_prepared(slot, plugins.code_of(needed), working):
                recorder.release()
                return True
            try:
                slot.send(self._order(claim, needed, working))
                self._follow(claim, slot, lease, recorder, working)
            except ProtocolError as error:
                recorder.crash(Reason.ERROR, str(error))
            except ChildDied as death:
                slot.kill()
                recorder.crash(Reason.DIED, str(death))
            except BaseException:
                # The child still trains. What it sends must not be taken for events of the next run.
                slot.kill()
                raise
        return True

    def _is_prepared(self, slot: Slot, code: str, working: WorkingFolder) -> bool:
        """Start another child if this one has loaded other plug-ins, and make the working folder. False if that is not
        possible now, which is no fault of the run."""
        try:
            working.make()
            slot.use(code, self._installed.since)
        except (ChildDied, OSError) as problem:
            log.error("no slot on %s: %s", slot.wanted, problem)
            return False
        return True

    def _order(self, claim: Claim, needed: Announced, working: WorkingFolder) -> TrainRun:
        folder = self.settings.data_dir.absolute() / "checkpoints" / claim.run_id / f"attempt-{claim.attempt}"
        if claim.attempt > 1:
            try:
                if self._fetch(claim.run_id, folder):
                    log.info("run %s: its checkpoint was fetched from MLflow", claim.run_id)
            except Exception as error:
                # Without it, the run starts from epoch 1. It ends with the same numbers, only later.
                log.warning("run %s: its checkpoint cannot be fetched: %.300s", claim.run_id, error)
        cell, seed = claim.spec.cell, claim.spec.seed
        name, levels = cell.task.name, cell.stored_levels
        announced = needed.to_json() if needed.packages else {}
        recorded, path = claim.recorded, str(working.path or "")
        return TrainRun(
            name, levels, seed, str(folder), recorded, claim.threads, claim.arithmetic, announced, working=path
        )

    def _follow(self, claim: Claim, slot: Slot, lease: LeaseKeeper, recorder: Recorder, working: WorkingFolder) -> None:
        """Record the events of the child until its run ends or was stopped."""
        started, stop_by, why = time.monotonic(), None, ""
        heard = started
        while True:
            event = slot.receive(TICK_SECONDS)
            if isinstance(event, Failed):
                event = working.blame(event)
            if event is not None:
                heard = time.monotonic()
            held = event is None or recorder.record(event)
            if isinstance(event, Failed):
                slot.after_failure(Reason(event.reason), self.settings.data_dir / "checkpoints")
                # Code that failed may leave anything behind, such as open files.
                return slot.kill() if working.path else None
            if isinstance(event, Ended):
                return
            if isinstance(event, Stopped):
                break
            if not held or lease.state is Lease.LOST:
                log.warning("run %s: the claim was lost", claim.run_id)
                return slot.kill()
            if problem := working.problem():
                slot.kill()
                recorder.crash(Reason.ERROR, problem)
                return
            if time.monotonic() - heard > 60 * self.settings.silent_minutes:
                slot.kill()
                recorder.crash(Reason.SILENT, self._says_silent())
                return
            if stop_by is None and (why := self._why_stop(started, lease.state)):
                log.info("run %s: stops: %s", claim.run_id, why)
                slot.send(Stop())
                stop_by = time.monotonic() + STOP_SECONDS
            elif stop_by is not None and time.monotonic() > stop_by:
                log.warning("run %s: did not stop within %.0f s", claim.run_id, STOP_SECONDS)
                slot.kill()
                break
        if why == Reason.DEADLINE:
            limit = f"EVENKEEL_RUN_DEADLINE_SECONDS={self.settings.run_deadline_seconds:g}"
            recorder.crash(Reason.DEADLINE, f"the run took longer than {limit}")
        else:
            recorder.release()

    def _says_silent(self) -> str:
        limit = f"EVENKEEL_SILENT_MINUTES={self.settings.silent_minutes:g}"
        return f"the training came to the end of no epoch or step for longer than {limit}, so it was ended"

    def _why_stop(self, started: float, lease: Lease) -> str:
        """Why the run must stop; '' if it need not."""
        if lease is not Lease.HELD:
            return lease
        if self.stopping.is_set():
            return Reason.STOPPED
        if time.monotonic() - started > self.settings.run_deadline_seconds:
            return Reason.DEADLINE
        return ""
