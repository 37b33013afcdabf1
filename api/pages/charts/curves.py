"""The data of all curves of a cell: every metric and diagnostic, for each seed."""

from collections.abc import Sequence

from fastapi import Response

from api.pages.charts.bands import Left, Trace, left_at, trace_of
from api.pages.charts.data import MetricShown, answer, rounded
from api.pages.charts.queries import CellData, about_cell
from api.questions import Reading
from evenkeel.analysis.facts import CellFacts
from evenkeel.analysis.gathering import work_out
from evenkeel.analysis.query import QueryError
from evenkeel.figures.traces import until_divergence
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.records.rows import Epoch
from evenkeel.records.status import Status
from evenkeel.result import about, result
from evenkeel.statistics.evidence import EvidenceLevel


@result
class Departure:
    seed: int = about("Seed of a run that diverged.")
    epoch: int = about("The epoch in which it left the range of the runs that did not diverge, and stayed outside.")


@result
class MetricCurves:
    metric: MetricShown = about("What is along y.")
    traces: list[Trace] = about("Each seed's curve.")
    left: list[Left] = about("The last value of each diverged run.")
    departed: list[Departure] = about("When diverged runs left the range of the others.")
    low: list[float | None] = about("Lower edge of the band over the surviving seeds; empty for fewer than 3 seeds.")
    high: list[float | None] = about("Its upper edge.")
    mean: list[float | None] = about("Its mean.")


@result
class CurvesChart:
    hash: str = about("Hash of the cell.")
    epochs: int = about("How many epochs a run of it trains.")
    seed: int | None = about("Seed of the run that the page is about; null for a page of the cell.")
    metrics: list[MetricCurves] = about("A panel each, in the order of the task. Metrics without a value are left out.")


def curves(query: CellData, form: str, reading: Reading) -> Response:
    """The answer to a `CellData`. Raises QueryError if the experiment has no such cell that can be read."""
    task = about_cell(query, reading).task
    found = reading.summaries.runs_of(task, query.experiment, query.cell)
    if found is None:
        raise QueryError("cell", f"{query.experiment} has no cell {query.cell} that can be read here")
    own = _own(query, reading)
    shown = [
        (metric, work_out([found], task, metric, None, {})[0], _trace(query, metric, own)) for metric in task.metrics
    ]
    panels = [_panel(task, *each) for each in shown if _measured(*each[1:])]
    return answer(CurvesChart(found.rows[0].hash, found.cell.num_epochs, query.seed, panels))


def _own(query: CellData, reading: Reading) -> list[Epoch]:
    """The epochs of the run that a page is about, if it counts nowhere, because it failed or was cancelled."""
    run = reading.lab.store.runs.find(query.run) if query.run else None
    if run is None or run.status not in (Status.FAILED, Status.CANCELLED):
        return []
    return reading.lab.store.runs.epochs([run.id])[run.id]


def _trace(query: CellData, metric: Metric, own: Sequence[Epoch]) -> list[Trace]:
    values = [epoch.values.get(metric.name) for epoch in own]
    if query.seed is None or all(value is None for value in values):
        return []
    return [Trace(query.seed, query.experiment, None, rounded(values))]


def _measured(facts: CellFacts, own: list[Trace]) -> bool:
    return bool(own) or any(value is not None for curve in facts.curves for value in curve.values)


def _panel(task: Task, metric: Metric, facts: CellFacts, own: list[Trace]) -> MetricCurves:
    alone, band = facts.evidence.level == EvidenceLevel.TRACES, facts.bands.survivors
    low, high, mean = ([] if alone else rounded(edge) for edge in (band.min, band.max, band.mean))
    left = [curve for curve in facts.curves if curve.outcome is Outcome.DIVERGED and any(until_divergence(curve))]
    return MetricCurves(
        metric=MetricShown.of(task, metric),
        traces=[*map(trace_of, facts.curves), *own],
        left=list(map(left_at, left)),
        departed=[Departure(each.seed, each.epoch) for each in facts.left_survivors],
        low=low,
        high=high,
        mean=mean,
    )
