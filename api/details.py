"""Experiments' details as they are sent, kept until a run changes: people and scripts ask for them every second."""

from collections.abc import Callable
from threading import Lock

from cachetools import LRUCache

from evenkeel.lab.records import Experiment
from evenkeel.lab.store import Store

MAX_KEPT = 200


class Details:
    """Thread-safe: whoever comes at the same time works out the same bytes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: LRUCache[tuple[Experiment, tuple[int, int]], bytes] = LRUCache(MAX_KEPT)
        # A cache is changed by looking into it, too.
        self._lock = Lock()

    def get(self, experiment: Experiment, work_out: Callable[[], bytes]) -> bytes:
        """What `work_out` made since a run of the experiment last changed."""
        key = experiment, self.store.tallies.stamp(experiment.id)
        with self._lock:
            body = self._kept.get(key)
        if body is None:
            body = work_out()
            with self._lock:
                self._kept[key] = body
        return body
