"""The jobs that every worker does for the lab beside training. Several workers may do the same at once."""

import logging
import threading

from evenkeel.alerts import Sender
from evenkeel.lab.context import quota_of
from evenkeel.lab.queue import Doorbell
from evenkeel.lab.reconcile import reconcile
from evenkeel.replication.rounds import add_rounds
from evenkeel.settings import Settings
from evenkeel.store import Store
from trainer.background import repeat
from trainer.disk import MB, Disk
from trainer.garbage import collect
from trainer.tracking import Copies, Mirror, SystemMetrics, Uploads

log = logging.getLogger(__name__)

GARBAGE_SECONDS = 60.0
ALERT_SECONDS = 5.0


def start_jobs(settings: Settings, store: Store, doorbell: Doorbell, disk: Disk, stopping: threading.Event) -> None:
    """Start each job in a thread of its own. They end when `stopping` is set."""
    copies = Copies(settings)

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
    repeat("mirror", settings.mirror_seconds, Mirror(store, settings).pass_once, stopping)
    if settings.checkpoints != "none":
        repeat("checkpoints", settings.mirror_seconds, Uploads(store, settings).pass_once, stopping)
    if settings.system_metrics_seconds:
        repeat("system", settings.system_metrics_seconds, SystemMetrics(store, settings).pass_once, stopping)
    repeat("alerts", ALERT_SECONDS, Sender(store, settings).pass_once, stopping)
    repeat("disk", GARBAGE_SECONDS, free_disk, stopping)
