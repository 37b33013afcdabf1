"""The worker process: its Celery task, its slots, and the jobs that start and stop with it."""

import logging
import os
import sys
import threading
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from evenkeel.grids.sharing import Device, device_kind
from evenkeel.grids.tasks import TaskError, known_tasks
from evenkeel.lab.announced import refresh
from evenkeel.lab.logs import configure_logging
from evenkeel.lab.queue import MESSAGE_VERSION, TASK, Doorbell, queue_name
from evenkeel.lab.version import code_version
from evenkeel.records.workers import STARTING, Worker
from evenkeel.settings import Settings, get_settings
from evenkeel.store import SchemaError, Store, StoreAway
from trainer.background import repeat
from trainer.disk import Disk
from trainer.gpu import gpu_memory, unused_gpu
from trainer.plugins.installed import Installed, telling
from trainer.prepared import list_prepared
from trainer.slots import RETRY_START_SECONDS, Slots
from trainer.supervisor import Supervisor
from trainer.trainers import trainable_tasks

log = logging.getLogger(__name__)

ROOM_SECONDS = 2.0
# A setting of earlier versions.
REMOVED = "EVENKEEL_THREADS_PER_SLOT"


class TrainingWorker:
    """One worker process, with its connections, its slots and the state that it reports."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.database_url)
        self.doorbell = Doorbell(settings)
        self.stopping = threading.Event()
        self.installed = Installed(settings, telling(self.store, settings.worker_name))
        self.supervisor = Supervisor(self.store, settings, code_version(), self.stopping, self._fetch, self.installed)
        self.slots = Slots(settings)
        self.disk = Disk(settings.data_dir, settings.least_free_mb)
        self.warning: str | None = None
        self._listening = False
        # Only one thread at a time reports the worker's state, so that the last report is the current state.
        self._telling = threading.Lock()

    def start(self) -> None:
        """Start the jobs that the worker does beside training, each in a thread of its own."""
        settings, stopping = self.settings, self.stopping
        repeat("presence", settings.heartbeat_seconds, self.be_seen, stopping)
        repeat("plug-ins", settings.heartbeat_seconds, self._learn, stopping)
        repeat("slots", RETRY_START_SECONDS, self.slots.keep_warm, stopping)
        threading.Thread(target=self._start_jobs, name="jobs", daemon=True).start()

    def _start_jobs(self) -> None:
        # To import MLflow's client takes seconds. Meanwhile the slots start, so that a run is taken up sooner.
        from trainer.jobs import start_jobs

        start_jobs(self.settings, self.store, self.doorbell, self.disk, self.stopping)

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
                problem=slots.problem or self.disk.problem,
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


def make_worker_app(worker: TrainingWorker, kind: Device) -> Celery:
    """The Celery app, whose one task trains runs. `kind` is the kind of device of the worker's slots."""
    app = worker.doorbell.app

    @app.task(name=TASK, shared=False)  # type: ignore[untyped-decorator]
    def work(version: int = 0, **_: Any) -> None:
        if version != MESSAGE_VERSION:
            log.error("a message of version %s is ignored; this worker knows only version %s", version, MESSAGE_VERSION)
            return
        worker.work(kind)

    def on_ready(**_: Any) -> None:
        worker.announce()

    def on_stop(**_: Any) -> None:
        worker.stopping.set()

    worker_ready.connect(on_ready, weak=False)
    worker_shutting_down.connect(on_stop, weak=False)
    return app


def main() -> None:
    settings = get_settings()
    configure_logging(settings.log_format)
    try:
        known_tasks()
        worker = TrainingWorker(settings)
        worker.store.check_schema()
    except (TaskError, SchemaError, StoreAway) as error:
        sys.exit(f"the worker {settings.worker_name} does not start: {error}")
    if REMOVED in os.environ:
        log.warning("%s is ignored: each experiment has its number of threads (evenkeel share --threads)", REMOVED)
    worker.start()
    worker.slots.warm()
    worker.look_for_unused_gpu()
    kind = device_kind(worker.slots.device)
    arguments = ["worker", "--pool", "threads", "--concurrency", str(len(worker.slots)), "--loglevel", "INFO"]
    arguments += ["--queues", f"{queue_name(Device.ANY)},{queue_name(kind)}"]
    arguments += ["--hostname", settings.worker_name, "--without-gossip", "--without-mingle", "--without-heartbeat"]
    try:
        make_worker_app(worker, kind).worker_main(arguments)
    finally:
        worker.leave()
