"""The data of the bands: for each cell the mean and the band over its seeds, and where diverged runs left."""

from typing import Any

from fastapi import Response

from api.left_out import headers_of
from api.pages.charts.axes import Axes, choose_axes
from api.pages.charts.caption import caption_of, which_cells
from api.pages.charts.data import FactorShown, MetricShown, answer, factors_of, places_of, rounded
from api.questions import Question, Reading, find_cells, read_question, some_samples
from evenkeel.analysis.choosing import First, choose
from evenkeel.analysis.facts import Curve
from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import CellSummary, Found
from evenkeel.figures.captions import evidence_of
from evenkeel.figures.traces import Drawn, drawn_band, started_seeds, until_divergence
from evenkeel.plugins import Outcome
from evenkeel.result import about, result
from evenkeel.statistics.evidence import EvidenceLevel

MOST_CELLS = 60  # nobody tells more bands apart, and a browser draws so many at once


@result
class Trace:
    seed: int = about("Seed of the run.")
    experiment: str = about("Name of the experiment that the run belongs to.")
    outcome: str | None = about("How the training ended; null while the run trains.")
    values: list[float | None] = about("The value at each epoch, up to the epoch in which the run diverged.")


@result
class Left:
    seed: int = about("Seed of a run that diverged.")
    epoch: int = about("The last epoch of which it has a value; 1 if it has none.")
    value: float | None = about("The value there; null if it has none.")


@result
class CellBand:
    hash: str = about("Hash that identifies the cell.")
    name: str = about("Name of the cell.")
    levels: list[int] = about("Place of its level in each of the factors.")
    evidence: str = about("'n = 5, 1 diverged'.")
    started: int = about("How many of its seeds have started. At an epoch with fewer, the band is not of all of them.")
    n: list[int] = about("How many seeds count at each epoch.")
    mean: list[float | None] = about("Mean over the seeds at each epoch; empty for a cell that shows only its seeds.")
    low: list[float | None] = about("Lower edge of the band at each epoch.")
    high: list[float | None] = about("Upper edge of the band at each epoch.")
    left: list[Left] = about("Where its diverged runs left.")
    traces: list[Trace] = about("Each seed's curve, if it is shown.")


@result
class BandsChart:
    metric: MetricShown = about("What is along y.")
    band: str = about("Which band is drawn.")
    factors: list[FactorShown] = about("The factors in which the cells differ.")
    axes: Axes = about("What is along rows, columns and colours, if the reader chooses nothing.")
    epochs: int = about("Number of epochs along x.")
    cells: list[CellBand] = about("The cells that are drawn, in the order of their levels.")
    of: int = about("Number of cells that could be drawn.")
    says: str = about("Which cells are drawn, if not all are; else empty.")
    caption: str = about("What the lines and areas mean.")


def bands(query: Any, form: str, reading: Reading) -> Response:
    """The answer to a `BandsData`."""
    asked = read_question(query, reading)
    found = _find(asked, reading)
    if not found.cells:
        raise QueryError("query", "no cell matches these filters")
    cells = [CellSummary.of(name, facts) for name, facts in found.cells]
    factors = factors_of(asked.task, cells)
    levels = {factor.name: sorted({cell.levels[factor.name] for cell in cells}, key=str) for factor in factors}
    places = places_of(asked.task, cells, factors)
    chart = BandsChart(
        metric=MetricShown.of(asked.task, asked.metric),
        band=query.band,
        factors=factors,
        axes=choose_axes(asked.task, levels),
        epochs=max(len(drawn_band(cell, query.band).n) for cell in cells),
        cells=[_cell(cell, at, query.band, query.traces) for cell, at in zip(cells, places, strict=True)],
        of=found.of,
        says=which_cells(len(cells), found.of),
        caption=caption_of(cells, asked.metric, query.band, query.traces),
    )
    return answer(chart, headers_of(found.left_out))


def _find(asked: Question, reading: Reading) -> Found:
    """The cells that are drawn: of more than MOST_CELLS the best and the worst."""
    every, _ = reading.summaries.rows(asked.task, asked.filters, asked.experiment)
    if len(every) <= MOST_CELLS:
        return find_cells(asked, reading)
    samples, _ = some_samples(asked, reading)
    order = choose(samples, asked.metric, First.BEST, len(samples))
    ends = [*order[: MOST_CELLS - MOST_CELLS // 2], *order[-(MOST_CELLS // 2) :]]
    about = asked.task, asked.filters, asked.metric.name, asked.experiment
    return reading.summaries.find(*about, only=ends)


def _cell(cell: CellSummary, levels: list[int], band: Drawn, traces: bool) -> CellBand:
    alone = cell.evidence.level == EvidenceLevel.TRACES
    drawn = drawn_band(cell, band)
    return CellBand(
        hash=cell.hash,
        name=cell.cell,
        levels=levels,
        evidence=evidence_of(cell),
        started=started_seeds(cell),
        n=[] if alone else drawn.n,
        mean=[] if alone else rounded(drawn.mean),
        low=[] if alone else rounded(drawn.min),
        high=[] if alone else rounded(drawn.max),
        left=[left_at(curve) for curve in cell.curves if curve.outcome is Outcome.DIVERGED],
        traces=[trace_of(curve) for curve in cell.curves] if traces or alone else [],
    )


def trace_of(curve: Curve) -> Trace:
    return Trace(curve.seed, curve.experiment, curve.outcome, rounded(until_divergence(curve)))


def left_at(curve: Curve) -> Left:
    """Where a diverged run left: its last value before."""
    values = rounded(until_divergence(curve))
    known = [place for place, value in enumerate(values) if value is not None]
    return Left(curve.seed, known[-1] + 1 if known else 1, values[known[-1]] if known else None)
