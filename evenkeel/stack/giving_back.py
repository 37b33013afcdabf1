"""Gives the runs of a dead worker back to the queue. The stack saw it die, so nobody has to wait for its leases."""

import logging
import threading
from contextlib import closing

from evenkeel.store import Store, StoreAway

log = logging.getLogger(__name__)


def give_back(store: Store, max_crashes: int, worker: str | None = None) -> int:
    """Queue the runs of a dead worker again, and take it from the list of workers.

    Args:
        max_crashes: The number of crashes after which a run fails.
        worker: Its name. None means every worker, because the whole stack had ended.

    Returns:
        The number of runs.
    """
    runs = store.claims.expire_worker(worker, max_crashes)
    store.workers.forget(worker)
    return len(runs)


class GivingBack:
    """Does this in a thread of its own, since a busy store may take its time, and the other services must not wait."""

    def __init__(self, database_url: str, max_crashes: int) -> None:
        self.database_url, self.max_crashes = database_url, max_crashes
        self._thread: threading.Thread | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it is not done yet. A new worker may have the same name, so it must not start before."""
        return self._thread is not None and self._thread.is_alive()

    def begin(self, worker: str) -> None:
        """Begin to give back the runs of a worker that has died. If the store is away, its leases run out later."""
        self._thread = threading.Thread(target=self._give_back, args=(worker,), daemon=True)
        self._thread.start()

    def _give_back(self, worker: str) -> None:
        try:
            with closing(Store(self.database_url)) as store:
                give_back(store, self.max_crashes, worker)
        except StoreAway as error:
            log.warning("the runs of %s wait until its leases run out: %.300s", worker, error)
