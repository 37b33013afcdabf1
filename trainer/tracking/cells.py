"""Cells in MLflow. Each cell has a parent run, which holds the statistics over the cell's seeds."""

from collections.abc import Mapping, Sequence

from cachetools import LRUCache
from mlflow.entities import Metric as Point
from mlflow.entities import RunTag
from mlflow.tracking import MlflowClient

from evenkeel.analysis.summary import CellSummary, Summaries
from evenkeel.figures import draw_bands, render
from evenkeel.plugins import Metric, Task
from evenkeel.records.rows import Run
from evenkeel.records.status import Status
from evenkeel.statistics.bands import Band
from evenkeel.store import Store
from trainer.tracking.calls import Steps, Upload, create_run, get_run, log_batches, update_run
from trainer.tracking.server import has_tag, search_runs
from trainer.tracking.words import describe_cell

STATISTICS = ("mean", "min", "max")
# The value of this tag tells from which runs the statistics on a parent were computed.
STAMP_TAG = "evenkeel.statistics_of"
# The tag that names the cell of a parent, and the condition that a parent has no statistics yet.
OF_CELL = "evenkeel.parent_of"
UNTOUCHED = f"tags.`{OF_CELL}` IS NOT NULL AND tags.`{STAMP_TAG}` IS NULL"
REMEMBERED = 10_000


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
        # Of parents, by their ids: what STAMP_TAG says, with '' for nothing, and the status and the name last written.
        self._stamps: LRUCache[str, str] = LRUCache(REMEMBERED)
        self._written: LRUCache[str, tuple[str, str]] = LRUCache(REMEMBERED)

    def orphans(self, experiment_ids: Sequence[str]) -> dict[str, str]:
        """The parents in these experiments that an interrupted pass may have made: the tag of a cell -> an id."""
        found = search_runs(self.client, experiment_ids, UNTOUCHED)
        return {parent.data.tags[OF_CELL]: str(parent.info.run_id) for parent in found}

    def make(self, run: Run, experiment_id: str, orphans: Mapping[str, str]) -> Steps[str]:
        """Create the parent run of a run's cell, or take the one that an interrupted pass created. The runs of its
        seeds are nested under it. Returns its id.

        Args:
            orphans: What `orphans` found.
        """
        if parent := orphans.get(_parent_tag(run)):
            self.store.outbox.set_mlflow_parent(run.cell_id, parent)
            return parent
        return (yield from self._create(run, experiment_id))

    def update(self, run: Run, parent: str) -> Steps[None]:
        """Bring the parent run of a run's cell up to date.

        Its status says whether the cell's seeds are done. Once they are, it gets the statistics over them. Its name is
        written too, since an earlier version may have named it differently.
        """
        runs = self.store.runs.all(cell_ids=[run.cell_id])
        going = any(other.status in (Status.QUEUED, Status.RUNNING, Status.PAUSED) for other in runs)
        if not going:
            parent = yield from self._with_statistics(run, parent, runs)
        written = "RUNNING" if going else "FINISHED", run.cell_name
        if self._written.get(parent) != written:
            yield [update_run(parent, *written)]
            self._written[parent] = written

    def _create(self, run: Run, experiment_id: str) -> Steps[str]:
        tags = {"evenkeel.experiment": run.experiment, "evenkeel.cell_hash": run.cell_hash}
        tags[OF_CELL] = _parent_tag(run)
        tags["mlflow.note.content"] = describe_cell(run, self._public_url)
        [made] = yield [create_run(experiment_id, run.cell_name, run.created_ms, tags)]
        parent = str(made["run"]["info"]["run_id"])
        self.store.outbox.set_mlflow_parent(run.cell_id, parent)
        self._stamps[parent] = ""
        return parent

    def _with_statistics(self, run: Run, parent: str, runs: list[Run]) -> Steps[str]:
        """Give the parent per-epoch statistics and figures of the finished runs. Returns the id of the parent.

        MLflow keeps every value of a metric. So a parent that already has statistics of fewer seeds is replaced by a
        new one. So is one with params, which an earlier version made.
        """
        finished = [other for other in runs if other.status is Status.FINISHED]
        stamp = f"{len(finished)} runs, {max((other.ended_ms or 0 for other in finished), default=0)}"
        if not finished or self._stamps.get(parent) == stamp:
            return parent
        if self._stamps.get(parent) != "":
            [found] = yield [get_run(parent)]
            data = found["run"]["data"]
            stands = next((tag["value"] for tag in data.get("tags", []) if tag["key"] == STAMP_TAG), "")
            if stands == stamp and not data.get("params"):
                self._stamps[parent] = stamp
                return parent
            if stands or data.get("params"):
                parent = yield from self._replace(run, parent, str(found["run"]["info"]["experiment_id"]))
        logged_ms = max(other.ended_ms or 0 for other in finished)
        task, points, figures = run.cell.task, list[Point](), list[Upload]()
        for place, metric in enumerate(tracked_metrics(task)):
            cell = self._summary(run, task, metric)
            points += _band_points(metric, cell.bands.survivors, logged_ms, with_number=place == 0)
            if is_drawn(metric):
                drawn = render(draw_bands(task, [cell], metric), "png")
                figures.append(Upload(parent, "figures", f"{metric.name}.png", drawn))
        yield [*log_batches(parent, points), *figures]
        # Only now, so that a pass that is interrupted is repeated.
        yield log_batches(parent, [], tags=[RunTag(STAMP_TAG, stamp)])
        self._stamps[parent] = stamp
        return parent

    def _replace(self, run: Run, parent: str, experiment_id: str) -> Steps[str]:
        for left_over in search_runs(self.client, [experiment_id], has_tag(OF_CELL, _parent_tag(run))):
            if left_over.info.run_id != parent:
                self.client.delete_run(left_over.info.run_id)
        fresh = yield from self._create(run, experiment_id)
        for child in search_runs(self.client, [experiment_id], has_tag("evenkeel.cell_hash", run.cell_hash)):
            if child.info.run_id not in (fresh, parent):
                self.client.set_tag(child.info.run_id, "mlflow.parentRunId", fresh)
        self.client.delete_run(parent)
        return fresh

    def _summary(self, run: Run, task: Task, metric: Metric) -> CellSummary:
        """The summary of the run's cell in its experiment."""
        [(name, facts)] = self.summaries.find(task, {}, metric.name, run.experiment, only=[run.cell_hash]).cells
        return CellSummary.of(name, facts)


def _band_points(metric: Metric, band: Band, logged_ms: int, with_number: bool) -> list[Point]:
    """<metric>_mean, _min and _max over the surviving runs, one step for each epoch.

    Args:
        with_number: Whether the number of surviving runs is among them.
    """
    columns = {f"{metric.name}_{name}": getattr(band, name) for name in STATISTICS}
    columns |= {"survivors": band.n} if with_number else {}
    return [
        Point(name, value, logged_ms, epoch)
        for name, values in columns.items()
        for epoch, value in enumerate(values, 1)
        if value is not None
    ]


def _parent_tag(run: Run) -> str:
    return f"{run.experiment}/{run.cell_hash}"
