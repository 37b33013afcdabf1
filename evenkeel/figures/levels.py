"""Writes levels and cells as figures show them."""

from collections.abc import Callable, Sequence
from typing import Any

from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.levels import differing_beyond_name, short_name, show
from evenkeel.plugins import Task

MOST_TOLD = 3  # factors that a legend adds to a name: more would leave no room for the lines


def call_level(task: Task, factor: str, level: Any) -> str:
    """The level as a title shows it. A number gets the name of its factor. A word is clear without it."""
    return task.call(level) if isinstance(level, str) else f"{task.call(factor)} {show(level)}"


def series_names(task: Task, cells: Sequence[CellSummary]) -> list[str]:
    """A name for each cell's line in its panel, such as 'He, lr=0.01'.

    It has the level of `Task.panels.line` and of each other factor in which the drawn cells differ. If there are more
    than MOST_TOLD other factors, it is the name of the cell.
    """
    line = task.panels.line
    return _told(task, cells, lambda cell: call_level(task, line, cell.levels[line]))


def beyond_line(task: Task, cells: Sequence[CellSummary]) -> list[str]:
    """For each cell, its level of each factor in which the drawn cells differ, but which does not lay out the panels.

    If there are more than MOST_TOLD such factors, it is the name of the cell. It is empty if there is none.
    """
    return _told(task, cells, lambda cell: "")


def names_in_legend(task: Task, cells: Sequence[CellSummary]) -> list[str]:
    """A name for each cell in a legend, such as 'yolo-none-he, lr=0.01'.

    It has the levels in the cell's name, and the level of each other factor in which the drawn cells differ. If there
    are more than MOST_TOLD other factors, it is the name of the cell.
    """
    return _told(task, cells, lambda cell: short_name(task, cell.levels))


def _told(task: Task, cells: Sequence[CellSummary], begin: Callable[[CellSummary], str]) -> list[str]:
    factors = differing_beyond_name(task, [cell.levels for cell in cells])
    if len(factors) > MOST_TOLD:
        return [cell.cell for cell in cells]
    told = [[begin(cell), *(f"{factor}={show(cell.levels[factor])}" for factor in factors)] for cell in cells]
    return [", ".join(filter(None, parts)) for parts in told]
