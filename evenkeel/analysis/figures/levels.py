"""Levels and cells as figures write them."""

from collections.abc import Callable, Sequence
from typing import Any

from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.levels import differing_beyond_name, short_name, show
from evenkeel.plugins import Task

MOST_TOLD = 3  # factors in a legend, beside those of a name: more leave no room for the lines


def call_level(task: Task, factor: str, level: Any) -> str:
    """As a title has it. A word speaks for itself, a number does not."""
    return task.call(level) if isinstance(level, str) else f"{task.call(factor)} {show(level)}"


def series_names(task: Task, cells: Sequence[CellSummary]) -> list[str]:
    """'He, lr=0.01' of each cell: what tells its line from the others in its panel, the level of `Task.panels.line` and
    of every other factor in which the cells drawn differ. Where those are many, the cell's name."""
    line = task.panels.line
    return _told(task, cells, lambda cell: call_level(task, line, cell.levels[line]))


def names_in_legend(task: Task, cells: Sequence[CellSummary]) -> list[str]:
    """'yolo-none-he, lr=0.01' of each cell: the levels in its name, and every other in which the cells drawn differ.
    Where those are many, the cell's name."""
    return _told(task, cells, lambda cell: short_name(task, cell.levels))


def _told(task: Task, cells: Sequence[CellSummary], begin: Callable[[CellSummary], str]) -> list[str]:
    factors = differing_beyond_name(task, [cell.levels for cell in cells])
    if len(factors) > MOST_TOLD:
        return [cell.cell for cell in cells]
    return [
        ", ".join([begin(cell), *(f"{factor}={show(cell.levels[factor])}" for factor in factors)]) for cell in cells
    ]
