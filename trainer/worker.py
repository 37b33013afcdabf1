"""The Celery side of the worker: one task, a pool of slots, and what starts and stops with the process."""

import logging
import queue
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from celery import Celery
from celery.signals import worker_shutting_down

from evenkeel.lab.availability import STARTING
from evenkeel.lab.logs import configure_logging
from evenkeel.lab.queue import MESSAGE_VERSION, TASK, Doorbell, queue_name
from evenkeel.lab.reconcile import reconcile
from evenkeel.lab.settings import Settings, get_settings
from evenkeel.lab.sharing import Device, device_kind
from evenkeel.lab.store import SchemaError, Store, StoreAway, now_ms
from evenkeel.lab.tasks import TaskError, known_tasks
from evenkeel.lab.version import code_version
from evenkeel.lab.workers import Worker
from trainer.background import repeat
from trainer.gpu import gpu_memory
from trainer.prepared import list_prepared
from trainer.slot import ChildDied, Slot
from trainer.supervisor import Supervisor
from trainer.tracking import Mirror, Uploads
from trainer.trainers import trainable_tasks

log = logging.getLogger(__name__)

RETRY_START_SECONDS = 30.0


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
        self.device, self.problem = STARTING, ""
        self.num_slots = settings.slots * len(settings.devices)
        self._slots: queue.Queue[Slot] = queue.Queue()

    def start(self) -> None:
        settings, stopping = self.settings, self.stopping
        repeat("presence", settings.heartbeat_seconds, self._be_seen, stopping)
        repeat("reconcile", settings.reconcile_seconds, self._reconcile, stopping)
        repeat("mirror", settings.mirror_seconds, self.mirror.pass_once, stopping)
        repeat("checkpoints", settings.mirror_seconds, self.uploads.pass_once, stopping)

    def warm(self) -> Device:
        """Have every slot ready: the kind of their device. A device that is not there is waited for, and everybody
        told."""
        slots = [Slot(self.settings, device) for _ in range(self.settings.slots) for device in self.settings.devices]
        with ThreadPoolExecutor(len(slots)) as pool:
            while not all(pool.map(self._is_ready, slots)):
                log.error("trying again in %.0f s", RETRY_START_SECONDS)
                time.sleep(RETRY_START_SECONDS)
        for slot in slots:
            self._slots.put(slot)
        self.device = ",".join(dict.fromkeys(slot.device for slot in slots))
        log.info("%d slots ready on %s", len(slots), self.device)
        return device_kind(slots[0].device)

    def work(self, kind: Device) -> None:
        """Train on a free slot until there is nothing to claim."""
        while not self.stopping.is_set():
            try:
                slot = self._slots.get(timeout=1)
            except queue.Empty:
                continue
            try:
                # Before a claim: a cold start outlasts a lease, and a slot that cannot start is not the run's fault.
                if not self._is_ready(slot) or not self.supervisor.supervise(slot, kind):
                    return
            finally:
                self._slots.put(slot)

    def _is_ready(self, slot: Slot) -> bool:
        try:
            slot.start()
        except ChildDied as death:
            self.problem = f"no slot on {slot.wanted}: {death}"
            log.error("%s", self.problem)
            return False
        self.problem = ""
        return True

    def _be_seen(self) -> None:
        settings, meter = self.settings, self.supervisor.meter
        used, total = gpu_memory(self.device.split(",")) or (None, None)
        worker = Worker(
            name=settings.worker_name,
            slots=self.num_slots,
            device=self.device,
            code_version=code_version(),
            seen_ms=now_ms(),
            problem=self.problem or None,
            epochs=meter.epochs,
            epoch_seconds=meter.seconds,
            gpu_used_bytes=used,
            gpu_total_bytes=total,
            tasks=trainable_tasks(),
        )
        self.store.workers.see(worker, list_prepared(settings.datasets_dir))
        if settings.alive_file is not None:
            settings.alive_file.touch()

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

    def on_stop(**_: Any) -> None:
        worker.stopping.set()

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
    kind = worker.warm()
    arguments = ["worker", "--pool", "threads", "--concurrency", str(worker.num_slots), "--loglevel", "INFO"]
    arguments += ["--queues", f"{queue_name(Device.ANY)},{queue_name(kind)}"]
    arguments += ["--hostname", settings.worker_name, "--without-gossip", "--without-mingle", "--without-heartbeat"]
    make_worker_app(worker, kind).worker_main(arguments)
