"""Keeps the details of experiments until a run changes, because people and scripts ask for them every second."""

from collections.abc import Callable
from threading import Lock

from cachetools import LRUCache

from evenkeel.lab.experiments import ExperimentDetail
from evenkeel.records.rows import Experiment
from evenkeel.store import Store
from evenkeel.store.tallies import Stamp

MAX_KEPT = 200


class Details:
    """The details of experiments. Thread-safe: two requests at the same time may compute the same detail twice."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: LRUCache[tuple[Experiment, Stamp], ExperimentDetail] = LRUCache(MAX_KEPT)
        # Even a look-up changes the order of an LRU cache.
        self._lock = Lock()

    def get(self, experiment: Experiment, work_out: Callable[[], ExperimentDetail]) -> ExperimentDetail:
        """The detail of the experiment. `work_out` computes it if a run of the experiment has changed since."""
        key = experiment, self.store.tallies.stamp(experiment.id)
        with self._lock:
            detail = self._kept.get(key)
        if detail is None:
            detail = work_out()
            with self._lock:
                self._kept[key] = detail
        return detail
