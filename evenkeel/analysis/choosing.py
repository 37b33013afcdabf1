"""Chooses the cells that come first in a list, and so those that are shown if there are too many to read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from evenkeel.analysis.finished import final_value, finished_curves
from evenkeel.analysis.summary import CellSummary, SampledCell, Summaries
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.records.left_out import LeftOut

MOST_CELLS = 200  # that a person looks over


class First(StrEnum):
    """Which cells come first."""

    LEVELS = "levels"
    BEST = "best"
    LOST = "lost"


# As part of a sentence: "200 of 1,000 cells are shown, ...".
SAYS = {
    First.LEVELS: "the first in the order of their levels",
    First.BEST: "the best by their final value",
    First.LOST: "those of which most runs diverged or collapsed",
}


def choose(cells: Sequence[SampledCell], metric: Metric, first: First, at_most: int) -> list[str]:
    """The hashes of at most so many cells, in the order in which they are shown.

    Args:
        cells: In the order of their levels. Cells that are equally good stay in it.
        first: BEST: by the mean of the final values of the runs that did not diverge. Unstable cells come after the
            others, and cells without a final value last. LOST: by the share of their finished runs that diverged or
            collapsed, and then by how many did.
    """
    if first is First.BEST:
        cells = sorted(cells, key=lambda cell: _by_final(cell, metric))
    elif first is First.LOST:
        cells = sorted(cells, key=_by_lost)
    return [cell.hash for cell in cells[:at_most]]


def _by_final(cell: SampledCell, metric: Metric) -> tuple[bool, bool, float]:
    curves = [curve for curve in finished_curves(cell) if curve.outcome is not Outcome.DIVERGED]
    finals = np.array([final_value(cell, curve, metric) for curve in curves], np.float64)
    known = finals[np.isfinite(finals)]
    if not len(known):
        return True, cell.divergence.unstable, 0.0
    mean = float(known.mean())
    return False, cell.divergence.unstable, -mean if metric.higher_is_better else mean


def _by_lost(cell: SampledCell) -> tuple[float, int]:
    found = cell.divergence
    lost = found.diverged + found.collapsed
    return -(lost / found.n if found.n else 0.0), -lost


@dataclass(frozen=True)
class Chosen:
    """The cells that are shown.

    Attributes:
        cells: In the order in which they are shown.
        of: How many cells there are, shown or not.
        first: The rule by which they were chosen.
        left_out: The cells that cannot be read here.
    """

    cells: list[CellSummary]
    of: int
    first: First
    left_out: list[LeftOut]

    @property
    def are_all(self) -> bool:
        return len(self.cells) == self.of


def choose_cells(
    summaries: Summaries,
    task: Task,
    filters: Mapping[str, Collection[Any]],
    metric: Metric,
    experiment: str,
    threshold: float | None = None,
    first: First | None = None,
    at_most: int = MOST_CELLS,
) -> Chosen:
    """The cells of a summary that are shown. Only for these are statistics computed.

    Args:
        threshold: See `Summaries.find`.
        first: By default the order of the levels, or the best cells if there are more than `at_most`.
    """
    every, left_out = summaries.rows(task, filters, experiment)
    first = first or (First.LEVELS if len(every) <= at_most else First.BEST)
    only = None
    if len(every) > at_most and first is not First.LEVELS:
        samples, _ = summaries.sample(task, filters, metric.name, experiment)
        only = choose(samples, metric, first, at_most)
    found = summaries.find(task, filters, metric.name, experiment, threshold, at_most, only)
    cells = {facts.hash: CellSummary.of(name, facts) for name, facts in found.cells}
    order = choose(list(cells.values()), metric, first, at_most)
    return Chosen([cells[key] for key in order], len(every), first, left_out)
