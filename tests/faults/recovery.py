"""How long the lab takes to train on after a fault."""

import threading
import time

from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.store import Store, StoreAway

LOOK_SECONDS = 0.1


class Recovery:
    """Watches the runs of an experiment from a fault on, until `seconds` is asked for."""

    def __init__(self, store: Store, experiment: str) -> None:
        self._store, self._experiment = store, experiment
        self._before = {run.id: run for run in store.runs.all(experiment)}
        self._since = time.monotonic()
        # Run -> when an attempt that is newer than the fault had trained an epoch.
        self._again: dict[str, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def seconds(self) -> float | None:
        """The time until every run that the fault stopped trained on. If none trained then, the time until the first
        one did. None if the fault stopped none."""
        self._over.set()
        self._thread.join()
        trained = {key for key, run in self._before.items() if run.status is Status.RUNNING}
        if trained:
            return max((self._again[key] for key in trained & set(self._again)), default=None)
        return min(self._again.values(), default=None)

    def _watch(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            try:
                runs = self._store.runs.all(self._experiment)
            except StoreAway:
                continue
            for run in runs:
                if run.id not in self._again and self._trains_again(run):
                    self._again[run.id] = time.monotonic() - self._since

    def _trains_again(self, run: Run) -> bool:
        before = self._before[run.id].attempt if run.id in self._before else 0
        return run.attempt > before and (run.num_epochs > 0 or run.ended_ms is not None)
