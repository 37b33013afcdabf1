"""Levels and cells as figures write them."""

from collections.abc import Sequence
from typing import Any

from evenkeel.analysis.summary import CellSummary
from evenkeel.lab.levels import differing_beyond_name, short_name, show
from evenkeel.plugins import Task


def call_level(task: Task, factor: str, level: Any) -> str:
    """As a title has it. A word speaks for itself, a number does not."""
    return task.call(level) if isinstance(level, str) else f"{task.call(factor)} {show(level)}"


def series_names(task: Task, cells: Sequence[CellSummary]) -> list[str]:
    """What tells each cell's line from the others in its panel: its level of `Task.panels.line`, and of every factor
    beyond the three of `Task.panels` in which the cells drawn differ."""
    line = task.panels.line
    return [
        ", ".join([call_level(task, line, cell.levels[line]), *more])
        for cell, more in zip(cells, _told_beyond_name(task, cells), strict=True)
    ]


def names_in_legend(task: Task, cells: Sequence[CellSummary]) -> list[str]:
    """'yolo-none-he, lr=0.01' of each cell: the levels in its name, and every other in which the cells drawn differ."""
    return [
        ", ".join([short_name(task, cell.levels), *more])
        for cell, more in zip(cells, _told_beyond_name(task, cells), strict=True)
    ]


def _told_beyond_name(task: Task, cells: Sequence[CellSummary]) -> list[list[str]]:
    factors = differing_beyond_name(task, [cell.levels for cell in cells])
    return [[f"{factor}={show(cell.levels[factor])}" for factor in factors] for cell in cells]
