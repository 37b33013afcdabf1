"""Repairs the store and the queue after something was lost. It may run twice, and on several machines at once."""

import logging
from collections.abc import Sequence

from evenkeel.grids.sharing import Device
from evenkeel.lab.queue import BrokerAway, Doorbell
from evenkeel.records.availability import WORKER_SEEN_SECONDS
from evenkeel.records.workers import Worker
from evenkeel.store import Store, now_ms

log = logging.getLogger(__name__)

KEEP_POSTS_MS = 24 * 3600 * 1000
RINGS_AT_MOST = 100


def reconcile(store: Store, doorbell: Doorbell, max_crashes: int) -> tuple[int, int]:
    """Take back expired leases. Wake workers again for queued runs if no message waits for their device.

    Returns:
        (number of leases that had expired, number of queued runs for which workers were woken).
    """
    store.lanes.settle()
    store.lanes.sum_up()
    expired = store.claims.expire(max_crashes)
    for run_id in expired:
        log.warning("run %s: lease expired", run_id)
    store.posts.forget(now_ms() - KEEP_POSTS_MS)
    queued = store.runs.queued()
    if not queued:
        return len(expired), 0
    try:
        waiting = doorbell.messages().waiting
    except BrokerAway as error:
        log.warning("the broker cannot be reached: %s", error)
        return len(expired), 0
    workers = store.workers.seen(WORKER_SEEN_SECONDS)
    lost = {device: count for device, count in queued.items() if waiting[device] == 0}
    return len(expired), sum(count for device, count in lost.items() if wake(doorbell, workers, device, count))


def wake(doorbell: Doorbell, workers: Sequence[Worker], device: Device, num_runs: int) -> bool:
    """Wake workers for runs that were queued just now. False if the broker is away.

    A woken slot takes runs until none is left, so there are never more messages than the workers have slots.
    """
    slots = sum(worker.slots for worker in workers)
    return doorbell.ring(device, min(num_runs, max(1, slots), RINGS_AT_MOST))
