"""The Celery side of the worker: one task, a pool of slots, and what starts and stops with the process."""

import logging
import sys
import threading
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from evenkeel.grids.sharing import Device, device_kind
from evenkeel.grids.tasks import TaskError, known_tasks
from evenkeel.lab.logs import configure_logging
from evenkeel.lab.queue import MESSAGE_VERSION, TASK, Doorbell, queue_name
from evenkeel.lab.reconcile import reconcile
from evenkeel.lab.store import SchemaError, Store, StoreAway, now_ms
from evenkeel.lab.version import code_version
from evenkeel.lab.workers import STARTING, Worker
from evenkeel.settings import Settings, get_settings
from trainer.background import repeat
from trainer.gpu import gpu_memory, unused_gpu
from trainer.prepared import list_prepared
from trainer.slots import RETRY_START_SECONDS, Slots
from trainer.supervisor import Supervisor
from trainer.tracking import Mirror, Uploads
from trainer.trainers import trainable_tasks

log = logging.getLogger(__name__)


class TrainingWorker:
    """Everything that one worker process holds open."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.database_url)
        self.doorbell = Doorbell(settings)
        self.stopping = threading.Event()
        self.supervisor = Supervisor(self.store, settings, code_version(), self.stopping)
        self.mirror = Mirror(self.store, settings)
        self.uploads = Uploads(self.store, settings)
        self.slots = Slots(settings)
        self.warning: str | None = None
        self._listening = False
        # What is told last is what is so: only one thread at a time tells it.
        self._telling = threading.Lock()

    def start(self) -> None:
        settings, stopping = self.settings, self.stopping
        repeat("presence", settings.heartbeat_seconds, self.be_seen, stopping)
        repeat("slots", RETRY_START_SECONDS, self.slots.keep_warm, stopping)
        repeat("reconcile", settings.reconcile_seconds, self._reconcile, stopping)
        repeat("mirror", settings.mirror_seconds, self.mirror.pass_once, stopping)
        repeat("checkpoints", settings.mirror_seconds, self.uploads.pass_once, stopping)

    def work(self, kind: Device) -> None:
        """Train on a free slot until there is nothing to claim."""
        while not self.stopping.is_set():
            with self.slots.borrow(1) as slot:
                if slot is None:
                    continue
                # Before a claim: a cold start outlasts a lease, and a slot that cannot start is not the run's fault.
                if not self.slots.start(slot) or not self.supervisor.supervise(slot, kind):
                    return

    def announce(self) -> None:
        """Called once messages are taken: the worker is ready, and everybody is told now, not at the next heartbeat."""
        self._listening = True
        log.info("messages are taken")
        try:
            self.be_seen()
        except StoreAway as error:
            log.warning("the next heartbeat tells that this worker is ready: %.300s", error)

    def be_seen(self) -> None:
        """Tell in the store how this worker is. It counts as starting until a message would be taken and a slot could
        train."""
        settings, meter, slots = self.settings, self.supervisor.meter, self.slots
        used, total = gpu_memory(slots.device.split(",")) or (None, None)
        with self._telling:
            if self.stopping.is_set():
                return
            worker = Worker(
                name=settings.worker_name,
                slots=len(slots),
                device=slots.device if self._listening and slots.any_is_warm else STARTING,
                code_version=code_version(),
                seen_ms=now_ms(),
                problem=slots.problem,
                epochs=meter.epochs,
                epoch_seconds=meter.seconds,
                gpu_used_bytes=used,
                gpu_total_bytes=total,
                tasks=trainable_tasks(),
                warning=slots.warning or self.warning,
            )
            self.store.workers.see(worker, list_prepared(settings.datasets_dir))
        if settings.alive_file is not None:
            settings.alive_file.touch()

    def look_for_unused_gpu(self) -> None:
        """Warn where 'auto' came to the CPU although this machine has a GPU. Called once the slots are warm."""
        if self.settings.device == "auto" and self.slots.device == "cpu":
            self.warning = unused_gpu()
        if self.warning is not None:
            log.warning("%s", self.warning)

    def leave(self) -> None:
        """Be counted no longer."""
        self.stopping.set()
        try:
            with self._telling:
                self.store.workers.forget(self.settings.worker_name)
        except StoreAway as error:
            log.warning("others count this worker until it was silent for long enough: %.300s", error)

    def _reconcile(self) -> None:
        reconcile(self.store, self.doorbell, self.settings.max_crashes)


def make_worker_app(worker: TrainingWorker, kind: Device) -> Celery:
    """The app whose one task trains."""
    app = worker.doorbell.app

    @app.task(name=TASK, shared=False)  # type: ignore[untyped-decorator]
    def work(version: int = 0, **_: Any) -> None:
        if version != MESSAGE_VERSION:
            log.error("a message of version %s, not %s, is left to workers that know it", version, MESSAGE_VERSION)
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
        sys.exit(f"{settings.worker_name} does not start: {error}")
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
