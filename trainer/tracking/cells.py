"""Cells in MLflow. Each cell has a parent run, which holds the statistics over the cell's seeds."""

import tempfile
from pathlib import Path

from mlflow.entities import Metric as Point
from mlflow.tracking import MlflowClient

from evenkeel.analysis.summary import CellSummary, Summaries
from evenkeel.figures import draw_bands, render
from evenkeel.plugins import Metric, Task
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.statistics.bands import Band
from evenkeel.store import Store
from trainer.tracking.server import create_run, log_points, search_runs
from trainer.tracking.words import describe_cell

STATISTICS = ("mean", "min", "max")
# The value of this tag tells from which runs the statistics on a parent were computed.
STAMP_TAG = "evenkeel.statistics_of"


def tracked_metrics(task: Task) -> list[Metric]:
    """The metrics whose statistics a parent run holds. It holds none of diagnostics, which describe a single run."""
    return [metric for metric in task.metrics if not metric.diagnostic]


def is_drawn(metric: Metric) -> bool:
    """Whether a parent run has a figure of the metric. Only metrics from 0 to 1 have one, where higher is better."""
    return metric.higher_is_better and metric.unit == "share"


class Cells:
    """Keeps the parent runs of cells up to date in MLflow.

    A parent has no params, and not the tag by which its seeds are grouped. Otherwise MLflow would count it among them.
    """

    def __init__(self, client: MlflowClient, store: Store, public_url: str | None = None) -> None:
        self.client = client
        self.store, self._public_url = store, public_url
        self.summaries = Summaries(store)

    def make(self, run: Run, experiment_id: str) -> str:
        """Find or create the parent run of a run's cell. The runs of its seeds are nested under it. Returns its id."""
        found = search_runs(self.client, experiment_id, "evenkeel.parent_of", _parent_tag(run))
        return found[0] if found else self._create(run, experiment_id)

    def update(self, run: Run, parent: str) -> None:
        """Bring the parent run of a run's cell up to date.

        Its status says whether the cell's seeds are done. Once they are, it gets the statistics over them. Its name is
        written too, since an earlier version may have named it differently.
        """
        runs = self.store.runs.all(cell_ids=[run.cell_id])
        going = any(other.status in (Status.QUEUED, Status.RUNNING, Status.PAUSED) for other in runs)
        if not going:
            parent = self._with_statistics(run, parent, runs)
        self.client.update_run(parent, "RUNNING" if going else "FINISHED", run.cell_name)

    def _create(self, run: Run, experiment_id: str) -> str:
        tags = {"evenkeel.experiment": run.experiment, "evenkeel.cell_hash": run.cell_hash}
        tags["evenkeel.parent_of"] = _parent_tag(run)
        tags["mlflow.note.content"] = describe_cell(run, self._public_url)
        parent = create_run(self.client, experiment_id, run.cell_name, run.created_ms, tags)
        self.store.outbox.set_mlflow_parent(run.cell_id, parent)
        return parent

    def _with_statistics(self, run: Run, parent: str, runs: list[Run]) -> str:
        """Give the parent per-epoch statistics and figures of the finished runs. Returns the id of the parent.

        MLflow keeps every value of a metric. So a parent that already has statistics of fewer seeds is replaced by a
        new one. So is one with params, which an earlier version made.
        """
        finished = [other for other in runs if other.status is Status.FINISHED]
        stamp = f"{len(finished)} runs, {max((other.ended_ms or 0 for other in finished), default=0)}"
        found = self.client.get_run(parent)
        stands, is_old = found.data.tags.get(STAMP_TAG), bool(found.data.params)
        if (stands == stamp and not is_old) or not finished:
            return parent
        if stands is not None or is_old:
            parent = self._replace(run, parent, str(found.info.experiment_id))
        logged_ms = max(other.ended_ms or 0 for other in finished)
        task = run.cell.task
        for place, metric in enumerate(tracked_metrics(task)):
            cell = self._summary(run, task, metric)
            self._log_bands(parent, metric, cell.bands.survivors, logged_ms, with_number=place == 0)
            if is_drawn(metric):
                self._log_figure(parent, task, metric, cell)
        self.client.set_tag(parent, STAMP_TAG, stamp)
        return parent

    def _replace(self, run: Run, parent: str, experiment_id: str) -> str:
        for left_over in search_runs(self.client, experiment_id, "evenkeel.parent_of", _parent_tag(run)):
            if left_over != parent:
                self.client.delete_run(left_over)
        fresh = self._create(run, experiment_id)
        for child in search_runs(self.client, experiment_id, "evenkeel.cell_hash", run.cell_hash):
            if child not in (fresh, parent):
                self.client.set_tag(child, "mlflow.parentRunId", fresh)
        self.client.delete_run(parent)
        return fresh

    def _summary(self, run: Run, task: Task, metric: Metric) -> CellSummary:
        """The summary of the run's cell in its experiment."""
        cells = self.summaries.cells(task, {}, metric.name, run.experiment)
        return next(CellSummary.of(name, facts) for name, facts in cells if facts.hash == run.cell_hash)

    def _log_bands(self, parent: str, metric: Metric, band: Band, logged_ms: int, with_number: bool) -> None:
        """Log <metric>_mean, _min and _max over the surviving runs, one step for each epoch.

        Args:
            with_number: Whether the number of surviving runs is logged too.
        """
        columns = {f"{metric.name}_{name}": getattr(band, name) for name in STATISTICS}
        columns |= {"survivors": band.n} if with_number else {}
        points = [
            Point(name, value, logged_ms, epoch)
            for name, values in columns.items()
            for epoch, value in enumerate(values, 1)
            if value is not None
        ]
        log_points(self.client, parent, points)

    def _log_figure(self, parent: str, task: Task, metric: Metric, cell: CellSummary) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{metric.name}.png"
            path.write_bytes(render(draw_bands(task, [cell], metric), "png"))
            self.client.log_artifact(parent, str(path), "figures")


def _parent_tag(run: Run) -> str:
    return f"{run.experiment}/{run.cell_hash}"
