"""The table of cells: how far the seeds of each spread, how many diverged, and what so few seeds can show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from api.pages.experiment.query import StudyQuery
from api.pages.rendering import render
from api.questions import Reading, read_question
from evenkeel.analysis.choosing import SAYS, Chosen, choose_cells
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.divergence import rate_says, so_far
from evenkeel.grids.levels import differing, in_order, show
from evenkeel.lab.experiments import find_experiment
from evenkeel.plugins import Metric, Task
from evenkeel.reports.formats import UNKNOWN, intervals, short, value_range, with_interval
from evenkeel.reports.sheets import summary_sheet

SHARE_THRESHOLD = 0.9  # for a share of which more is better, if the reader names none


@dataclass(frozen=True)
class Entry:
    """An entry of the table.

    Attributes:
        text: What is read.
        value: By what it is sorted; None for an entry that comes last.
        beside: What stands beside it in quiet letters.
        more: What a reader sees when they point at it.
    """

    text: str
    value: Any
    beside: str = ""
    more: str = ""


@dataclass(frozen=True)
class Row:
    cell: CellSummary
    name: Entry
    lost: Entry
    final: Entry
    band: Entry
    reached: Entry | None
    is_best: bool


def show_cells(query: StudyQuery, form: str, reading: Reading) -> Response:
    """The table as a piece of a page."""
    asked = read_question(query, reading)
    find_experiment(reading.lab, str(asked.experiment))
    threshold = threshold_of(query, asked.metric)
    chosen = choose_cells(
        reading.summaries,
        asked.task,
        asked.filters,
        asked.metric,
        str(asked.experiment),
        threshold,
        query.first,
    )
    factors = differing(asked.task, [cell.levels for cell in chosen.cells]) if chosen.cells else []
    sheet = summary_sheet(asked.task, chosen.cells, asked.metric) if chosen.cells else None
    fixed, by_default = _fixed(asked.task, chosen.cells, factors)
    # Only among all cells can one be called the best.
    best = {row for row, _ in sheet.bold} if sheet and chosen.are_all and not asked.filters else set[int]()
    return render(
        "experiment/cells.html",
        query=query,
        rows=_rows(asked.task, asked.metric, chosen.cells, factors, best),
        factors=[asked.task.call(factor) for factor in factors],
        fixed=fixed,
        by_default=by_default,
        metric=asked.task.call(asked.metric.name),
        threshold=threshold,
        chosen=chosen,
        says=_says(chosen),
        best_means=sheet.bold_means if sheet and best else "",
        filtered=bool(asked.filters),
    )


def threshold_of(query: StudyQuery, metric: Metric) -> float | None:
    """The value of which it is told when runs reach it."""
    if query.threshold is not None:
        return query.threshold
    return SHARE_THRESHOLD if metric.unit == "share" and metric.higher_is_better else None


def _says(chosen: Chosen) -> str:
    if chosen.are_all:
        return ""
    return (
        f"{len(chosen.cells):,} of {chosen.of:,} cells are shown, {SAYS[chosen.first]}. Choose levels above to see "
        "others, or export the whole table."
    )


def _rows(
    task: Task, metric: Metric, cells: Sequence[CellSummary], factors: Sequence[str], best: set[int]
) -> list[Row]:
    places = {factor: in_order(task, factor, (cell.levels[factor] for cell in cells)) for factor in factors}
    means = intervals([(cell.final.mean, cell.final.mean_low, cell.final.mean_high) for cell in cells])
    return [
        Row(
            cell=cell,
            name=_name(cell, places),
            lost=_lost(cell),
            final=Entry(mean, cell.final.mean, more=f"lowest to highest seed: {value_range(cell.final)}"),
            band=_band(cell),
            reached=_reached(cell),
            is_best=place in best,
        )
        for place, (cell, mean) in enumerate(zip(cells, means, strict=True))
    ]


def _name(cell: CellSummary, places: Mapping[str, Sequence[Any]]) -> Entry:
    """The levels that vary. A cell is sorted by its levels, one factor after the other."""
    place = 0
    for factor, levels in places.items():
        place = place * len(levels) + levels.index(cell.levels[factor])
    return Entry(" · ".join(show(cell.levels[factor]) for factor in places) or cell.cell, place)


def _fixed(
    task: Task, cells: Sequence[CellSummary], varying: Sequence[str]
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(name, level) of each factor that does not vary: those with another level than the default, and the others."""
    chosen, by_default = list[tuple[str, str]](), list[tuple[str, str]]()
    for factor, level in cells[0].levels.items() if cells else ():
        if factor in task.factors and factor not in varying:
            is_default = level == task.parameters.model_fields[factor].default
            (by_default if is_default else chosen).append((task.call(factor), show(level)))
    return chosen, by_default


def _lost(cell: CellSummary) -> Entry:
    found = cell.divergence
    lost, of = found.diverged + found.collapsed, found.n + found.unfinished
    kinds = [f"{n} {word}" for word, n in (("diverged", found.diverged), ("collapsed", found.collapsed)) if n]
    beside = ", ".join([*kinds, *([so_far(found).strip()] if found.unfinished else [])])
    return Entry(f"{lost}/{of}", lost / of if of else 0, beside, f"rate: {rate_says(found)}")


def _band(cell: CellSummary) -> Entry:
    if cell.divergence.unstable:
        return Entry("unstable", None, more="half or more of its runs diverged or collapsed, so it has no band")
    return Entry(short(cell.band_width), cell.band_width)


def _reached(cell: CellSummary) -> Entry | None:
    found = cell.reaching
    if found is None:
        return None
    count = f"{found.reached}/{found.n} runs"
    if found.restricted is None:
        return Entry(UNKNOWN, None, f"{count} so far")
    if not found.reached:
        return Entry("not reached", None, count)
    mean = found.restricted
    return Entry(with_interval(mean.mean, mean.low, mean.high), mean.mean, count)
