"""The Celery side of the worker: one task, a pool of slots, and what starts and stops with the process."""

import logging
import queue
import threading
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from lab.queue import TASK, Doorbell
from lab.reconcile import reconcile
from lab.records import Worker
from lab.settings import Settings, get_settings
from lab.store import Store, now_ms
from lab.version import code_version
from trainer.background import repeat
from trainer.datasets.cache import list_prepared
from trainer.slot import ChildDied, Slot
from trainer.supervisor import Supervisor
from trainer.tracking import Mirror

log = logging.getLogger(__name__)


class TrainingWorker:
    """Everything that one worker process holds open."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.store = Store(settings.database_url)
        self.doorbell = Doorbell(settings)
        self.stopping = threading.Event()
        self.supervisor = Supervisor(self.store, settings, code_version(), self.stopping)
        self.mirror = Mirror(self.store, settings.mlflow_url, settings.worker_name)
        self.device = "starting"
        self._slots: queue.Queue[Slot] = queue.Queue()

    def start(self) -> None:
        settings, stopping = self.settings, self.stopping
        self._be_seen()
        repeat("presence", settings.heartbeat_seconds, self._be_seen, stopping)
        repeat("reconcile", settings.reconcile_seconds, self._reconcile, stopping)
        repeat("mirror", settings.mirror_seconds, self.mirror.pass_once, stopping)
        for _ in range(settings.slots):
            threading.Thread(target=self._warm, args=(Slot(settings),), name="warm", daemon=True).start()

    def train(self, run_id: str) -> None:
        """Wait for a free slot and supervise the run on it."""
        while not self.stopping.is_set():
            try:
                slot = self._slots.get(timeout=1)
            except queue.Empty:
                continue
            try:
                return self.supervisor.supervise(run_id, slot)
            finally:
                self._slots.put(slot)

    def _warm(self, slot: Slot) -> None:
        try:
            slot.start()
            self.device = slot.device
            log.info("slot ready on %s", slot.device)
        except ChildDied as death:
            self.device = f"broken: {death}"[:64]
            log.error("slot does not start: %s", death)
        self._slots.put(slot)

    def _be_seen(self) -> None:
        name, slots = self.settings.worker_name, self.settings.slots
        datasets = list_prepared(self.settings.datasets_dir)
        self.store.see_worker(Worker(name, slots, self.device, code_version(), now_ms()), datasets)

    def _reconcile(self) -> None:
        reconcile(self.store, self.doorbell, self.settings.max_crashes)


def make_worker_app(settings: Settings) -> Celery:
    """The app whose one task trains; the signals start and stop what surrounds it."""
    worker = TrainingWorker(settings)
    app = worker.doorbell.app

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def train_run(run_id: str) -> None:
        worker.train(run_id)

    def on_ready(**_: Any) -> None:
        worker.start()

    def on_stop(**_: Any) -> None:
        worker.stopping.set()

    worker_ready.connect(on_ready, weak=False)
    worker_shutting_down.connect(on_stop, weak=False)
    return app


def main() -> None:
    settings = get_settings()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    arguments = ["worker", "--pool", "threads", "--concurrency", str(settings.slots), "--loglevel", "INFO"]
    arguments += ["--hostname", settings.worker_name, "--without-gossip", "--without-mingle", "--without-heartbeat"]
    make_worker_app(settings).worker_main(arguments)
