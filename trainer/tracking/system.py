"""CPU, memory, disk, network and GPUs of this machine, as metrics of the runs that this worker trains.

MLflow's own monitor samples them. It would do so for each run by itself, and ask the server each time whether the run
goes on. So one monitor samples for all runs of a worker.
"""

from typing import Any

from mlflow.entities import Metric
from mlflow.exceptions import MlflowException
from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

from evenkeel.settings import Settings
from evenkeel.store import Store, now_ms
from trainer.away import MlflowAway
from trainer.tracking.server import is_away, make_client

# As MLflow's pages expect it.
PREFIX = "system/"


class SystemMetrics:
    """What this machine does while the runs of one worker train."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.client = make_client(settings)
        self.store, self._worker, self._seconds = store, settings.worker_name, settings.system_metrics_seconds
        # It belongs to no run, and its own thread is not started.
        self._monitor: Any = SystemMetricsMonitor("", tracking_uri=settings.mlflow_url)  # type: ignore[no-untyped-call]
        # The first sample of the CPU says nothing: each is about the time since the one before.
        self._sample()

    def pass_once(self) -> int:
        """Sample, and log the sample to each run that this worker trains and MLflow has. Returns their number. Raises
        MlflowAway."""
        values, at_ms = self._sample(), now_ms()
        runs = self.store.outbox.training_on(self._worker)
        for run in runs:
            step = (at_ms - (run.started_ms or at_ms)) // int(1000 * self._seconds)
            points = [Metric(PREFIX + name, value, at_ms, step) for name, value in values.items()]
            try:
                self.client.log_batch(str(run.mlflow_run_id), metrics=points)
            except MlflowException as error:
                # Somebody may have deleted the run there.
                if is_away(error):
                    raise MlflowAway(str(error)) from error
        return len(runs)

    def _sample(self) -> dict[str, float]:
        self._monitor.collect_metrics()
        values: dict[str, float] = self._monitor.aggregate_metrics()
        for each in self._monitor.monitors:
            each.clear_metrics()
        return values
