"""The worker's process: its Celery task, and how it starts and ends."""

import logging
import os
import signal
import sys
from typing import Any

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from evenkeel.grids.sharing import Device, device_kind
from evenkeel.grids.tasks import TaskError, known_tasks
from evenkeel.lab.logs import configure_logging
from evenkeel.lab.queue import MESSAGE_VERSION, TASK, queue_name
from evenkeel.settings import Settings
from evenkeel.store import SchemaError, StoreAway
from trainer.background import repeat
from trainer.shift import Shift
from trainer.slots import Slots
from trainer.worker import TrainingWorker

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# A setting of earlier versions.
REMOVED = "EVENKEEL_THREADS_PER_SLOT"


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


def main(settings: Settings, slots: Slots, shift: Shift | None = None) -> None:
    """Run a worker.

    Args:
        slots: Their children may have begun to start.
        shift: How long it stays, if this machine is only lent to it; None if it stays.
    """
    configure_logging(settings.log_format)
    try:
        known_tasks()
        worker = TrainingWorker(settings, slots, shift)
        worker.store.check_schema()
    except (TaskError, SchemaError, StoreAway) as error:
        sys.exit(f"the worker {settings.worker_name} does not start: {error}")
    if REMOVED in os.environ:
        log.warning("%s is ignored: each experiment has its number of threads (evenkeel share --threads)", REMOVED)
    worker.start()
    repeat("shift", LOOK_SECONDS, lambda: _end_if_over(worker), worker.stopping)
    worker.slots.warm()
    worker.look_for_unused_gpu()
    kind = device_kind(worker.slots.device)
    threads = len(worker.slots) + worker.doorbell.broker.spare_threads
    arguments = ["worker", "--pool", "threads", "--concurrency", str(threads), "--loglevel", "INFO"]
    arguments += ["--queues", f"{queue_name(Device.ANY)},{queue_name(kind)}"]
    arguments += ["--hostname", settings.worker_name, "--without-gossip", "--without-mingle", "--without-heartbeat"]
    try:
        make_worker_app(worker, kind).worker_main(arguments)
    finally:
        worker.leave()
        if shift is not None:
            worker.hand_on()


def _end_if_over(worker: TrainingWorker) -> None:
    if why := worker.shift.over(worker.problem):
        log.info("this worker ends: %s", why)
        # Celery ends the worker as it does for everybody else. Before Celery runs, this ends the process at once.
        os.kill(os.getpid(), signal.SIGTERM)
        worker.stopping.wait()
