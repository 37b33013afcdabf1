"""Experiments' details, kept until a run changes: people and scripts ask for them every second."""

from collections.abc import Callable
from threading import Lock

from cachetools import LRUCache

from evenkeel.lab.experiments import ExperimentDetail
from evenkeel.lab.records import Experiment
from evenkeel.lab.store import Store
from evenkeel.lab.store.tallies import Stamp

MAX_KEPT = 200


class Details:
    """Thread-safe: whoever comes at the same time works out the same."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: LRUCache[tuple[Experiment, Stamp], ExperimentDetail] = LRUCache(MAX_KEPT)
        # A cache is changed by looking into it, too.
        self._lock = Lock()

    def get(self, experiment: Experiment, work_out: Callable[[], ExperimentDetail]) -> ExperimentDetail:
        """What `work_out` made since a run of the experiment last changed."""
        key = experiment, self.store.tallies.stamp(experiment.id)
        with self._lock:
            detail = self._kept.get(key)
        if detail is None:
            detail = work_out()
            with self._lock:
                self._kept[key] = detail
        return detail
