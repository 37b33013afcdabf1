"""Brings store and queue together again after anything was lost: safe to run twice, and on several machines at once."""

import logging

from kombu.exceptions import OperationalError

from lab.queue import Doorbell
from lab.store import Store

log = logging.getLogger(__name__)

RING_AT_MOST = 1000


def reconcile(store: Store, doorbell: Doorbell, max_crashes: int) -> tuple[int, int]:
    """Take back expired leases, and ring again for queued runs if no message waits for them: (expired, rung)."""
    expired = store.expire_leases(max_crashes)
    for run_id in expired:
        log.warning("run %s: lease expired", run_id)
    queued = store.queued(RING_AT_MOST)
    try:
        lost = queued if queued and doorbell.waiting() == 0 else []
    except (OperationalError, ConnectionError) as error:
        log.warning("broker away: %s", error)
        return len(expired), 0
    return len(expired), len(lost) if doorbell.ring(lost) else 0
