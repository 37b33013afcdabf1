"""Experiments' details as they are sent, kept until a run changes: people and scripts ask for them every second."""

from collections import OrderedDict
from collections.abc import Callable

from evenkeel.lab.records import Experiment
from evenkeel.lab.store import Store

MAX_KEPT = 200


class Details:
    """Thread-safe: whoever comes at the same time works out the same bytes."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._kept: OrderedDict[tuple[Experiment, tuple[int, int]], bytes] = OrderedDict()

    def get(self, experiment: Experiment, work_out: Callable[[], bytes]) -> bytes:
        """What `work_out` made since a run of the experiment last changed."""
        key = experiment, self.store.tallies.stamp(experiment.id)
        if (body := self._kept.get(key)) is None:
            body = self._kept[key] = work_out()
            while len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return body
