"""The jobs that every worker does for the lab beside training. Several workers may do the same at once."""

import logging
import threading
import time
from collections.abc import Callable

from evenkeel.alerts import Sender
from evenkeel.lab.context import quota_of
from evenkeel.lab.queue import Doorbell
from evenkeel.lab.reconcile import reconcile
from evenkeel.replication.rounds import add_rounds
from evenkeel.settings import Settings
from evenkeel.store import Store, StoreAway
from trainer.away import MlflowAway
from trainer.background import repeat
from trainer.disk import MB, Disk
from trainer.garbage import collect
from trainer.tracking import Copies, Mirror, SystemMetrics, Uploads

log = logging.getLogger(__name__)

GARBAGE_SECONDS = 60.0
ALERT_SECONDS = 5.0
HAND_ON_SECONDS = 30.0


def start_jobs(
    settings: Settings, store: Store, doorbell: Doorbell, disk: Disk, stopping: threading.Event
) -> Callable[[], None]:
    """Start each job in a thread of its own. They end when `stopping` is set.

    Returns:
        What to call after that, if nobody can read this machine's disk later: see `_hand_on`.
    """
    copies, mirror, uploads = Copies(settings), Mirror(store, settings), Uploads(store, settings)

    def replicate() -> None:
        """Add seeds to the experiments whose rules ask for it. One worker at a time does so."""
        if store.rules.due() and store.duties.hold("replication", settings.worker_name, 2 * settings.lease_seconds):
            add_rounds(store, doorbell, quota_of(settings))

    def free_disk() -> None:
        disk.measure()
        if freed := collect(store, settings, copies.has):
            log.info("removed %.1f MB of checkpoints that nobody needs", freed / MB)
            disk.measure()

    repeat("reconcile", settings.reconcile_seconds, lambda: reconcile(store, doorbell, settings.max_crashes), stopping)
    repeat("replication", settings.reconcile_seconds, replicate, stopping)
    to_mlflow = [repeat("mirror", settings.mirror_seconds, mirror.catch_up, stopping)]
    if settings.checkpoints != "none":
        to_mlflow.append(repeat("checkpoints", settings.mirror_seconds, uploads.pass_once, stopping))
    if settings.system_metrics_seconds:
        repeat("system", settings.system_metrics_seconds, SystemMetrics(store, settings).pass_once, stopping)
    repeat("alerts", ALERT_SECONDS, Sender(store, settings).pass_once, stopping)
    repeat("disk", GARBAGE_SECONDS, free_disk, stopping)

    def hand_on() -> None:
        # Two passes at once would make the same run in MLflow twice.
        for thread in to_mlflow:
            thread.join()
        _hand_on(mirror, uploads if settings.checkpoints != "none" else None)

    return hand_on


def _hand_on(mirror: Mirror, uploads: Uploads | None) -> None:
    """Copy to MLflow what it lacks, first the runs and then their checkpoints.

    Other workers may change runs all the time, so this has an end. They copy the rest.
    """
    until = time.monotonic() + HAND_ON_SECONDS
    try:
        while mirror.pass_once() and time.monotonic() < until:
            pass
        if uploads is not None:
            uploads.pass_once()
    except (StoreAway, MlflowAway) as error:
        log.warning("what MLflow lacks of this worker's runs stays on this machine: %.300s", error)
