"""The worker: its slots, what it tells of itself, and the jobs that start and stop with it."""

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from evenkeel.grids.sharing import Device
from evenkeel.lab.announced import refresh
from evenkeel.lab.queue import Doorbell
from evenkeel.lab.version import code_version
from evenkeel.records.workers import STARTING, Worker
from evenkeel.settings import Settings
from evenkeel.store import Store, StoreAway
from trainer.background import repeat
from trainer.disk import Disk
from trainer.gpu import gpu_memory, unused_gpu
from trainer.plugins.installed import Installed, telling
from trainer.prepared import list_prepared
from trainer.shift import Shift
from trainer.slots import RETRY_START_SECONDS, Slots
from trainer.supervisor import Supervisor
from trainer.trainers import trainable_tasks

log = logging.getLogger(__name__)

ROOM_SECONDS, JOBS_SECONDS = 2.0, 30.0


class TrainingWorker:
    """One worker process, with its connections, its slots and the state that it reports."""

    def __init__(self, settings: Settings, slots: Slots, shift: Shift | None = None) -> None:
        self.settings, self.slots, self.shift = settings, slots, shift or Shift()
        self.store = Store(settings.database_url)
        self.doorbell = Doorbell(settings)
        self.stopping = threading.Event()
        self.installed = Installed(settings, telling(self.store, settings.worker_name))
        self.supervisor = Supervisor(
            *(self.store, settings, code_version(), self.stopping, self._fetch, self.installed, self.shift.at_work)
        )
        self.disk = Disk(settings.data_dir, settings.least_free_mb)
        self.warning: str | None = None
        self._listening = False
        self._jobs = threading.Thread(target=self._start_jobs, name="jobs", daemon=True)
        # Copies to MLflow what it lacks of this worker. None while MLflow's client loads.
        self._hand_on: Callable[[], None] | None = None
        # Only one thread at a time reports the worker's state, so that the last report is the current state.
        self._telling = threading.Lock()

    def start(self) -> None:
        """Start the jobs that the worker does beside training, each in a thread of its own."""
        settings, stopping = self.settings, self.stopping
        repeat("presence", settings.heartbeat_seconds, self.be_seen, stopping)
        repeat("plug-ins", settings.heartbeat_seconds, self._learn, stopping)
        repeat("slots", RETRY_START_SECONDS, self.slots.keep_warm, stopping)
        self._jobs.start()

    def _start_jobs(self) -> None:
        # MLflow's client takes seconds to import, and the slots come first. If none starts, the lab needs these jobs.
        self.slots.were_warm.wait(JOBS_SECONDS)
        from trainer.jobs import start_jobs

        self._hand_on = start_jobs(self.settings, self.store, self.doorbell, self.disk, self.stopping)

    def _learn(self) -> None:
        """Keep up with the plug-ins that are installed here, and with what other workers have."""
        self.installed.look()
        refresh(self.store)

    def _fetch(self, run_id: str, folder: Path) -> bool:
        """Fetch the newest checkpoint of a run from MLflow: see `trainer.tracking.Downloads`."""
        from trainer.tracking import Downloads

        return Downloads(self.store, self.settings).fetch(run_id, folder)

    def work(self, kind: Device) -> None:
        """Train runs on free slots until there is no run to claim. `kind` is the kind of device of the slots."""
        while self._wait_for_room():
            with self.slots.borrow(1) as slot:
                if slot is None:
                    if self.doorbell.broker.spare_threads:
                        return
                    continue
                # The child must be warm before a run is claimed. Its start may take longer than a lease, and a run must
                # not fail because a slot cannot start.
                if not self.slots.start(slot) or not self.supervisor.supervise(slot, kind):
                    return

    def _wait_for_room(self) -> bool:
        """Wait while the disk is full. False if the worker is stopping."""
        problem = self.disk.problem
        if problem:
            log.warning("%s", problem)
        while problem and not self.stopping.wait(ROOM_SECONDS):
            problem = self.disk.problem
        return not self.stopping.is_set()

    def announce(self) -> None:
        """Report at once that the worker is ready, not only at the next heartbeat. Call this once it takes messages."""
        self._listening = True
        self.shift.begin()
        log.info("this worker takes messages now")
        try:
            self.be_seen()
        except StoreAway as error:
            log.warning("the next heartbeat will report that this worker is ready: %.300s", error)

    def be_seen(self) -> None:
        """Report the state of this worker to the store. It counts as starting until it takes messages, a slot can
        train, and it knows its plug-ins."""
        settings, meter, slots = self.settings, self.supervisor.meter, self.slots
        is_ready = self._listening and slots.any_is_warm and self.installed.settled
        used, total = gpu_memory(slots.device.split(",")) or (None, None)
        with self._telling:
            if self.stopping.is_set():
                return
            worker = Worker(
                name=settings.worker_name,
                slots=len(slots),
                device=slots.device if is_ready else STARTING,
                code_version=code_version(),
                seen_ms=0,
                problem=self.problem,
                epochs=meter.epochs,
                epoch_seconds=meter.seconds,
                gpu_used_bytes=used,
                gpu_total_bytes=total,
                tasks=trainable_tasks(self.installed.announced),
                plugins=tuple(sorted(self.installed.packages)),
                broken=self.installed.announced.broken,
                warning=slots.warning or self.warning,
                disk_free_bytes=self.disk.free_bytes,
                disk_used_bytes=self.disk.used_bytes,
            )
            self.store.workers.see(worker, list_prepared(settings.datasets_dir))
        if settings.alive_file is not None:
            settings.alive_file.touch()

    def look_for_unused_gpu(self) -> None:
        """Warn if 'auto' chose the CPU although this machine has a GPU. Call this once the slots are warm."""
        if self.settings.device == "auto" and self.slots.device == "cpu":
            self.warning = unused_gpu()
        if self.warning is not None:
            log.warning("%s", self.warning)

    def leave(self) -> None:
        """Stop training, and remove this worker from the store's list of workers."""
        self.stopping.set()
        try:
            with self._telling:
                self.store.workers.forget(self.settings.worker_name)
        except StoreAway as error:
            log.warning("the store will list this worker until its last report is too old: %.300s", error)

    def hand_on(self) -> None:
        """Copy to MLflow what it lacks of this worker's runs, so that other machines can go on with them. Call this
        last."""
        self._jobs.join(JOBS_SECONDS)
        if self._hand_on is not None:
            self._hand_on()

    @property
    def problem(self) -> str | None:
        """Why this worker can train nothing at present; None if it can."""
        return self.slots.problem or self.disk.problem
