"""Levels of factors as figures order and write them."""

from collections.abc import Iterable, Mapping
from typing import Any

from evenkeel.plugins import Task


def in_order(levels: Iterable[Any]) -> list[Any]:
    """Each once: numbers from the lowest, words as they come."""
    once = list(dict.fromkeys(levels))
    return sorted(once) if all(isinstance(level, int | float) for level in once) else once


def show(level: Any) -> str:
    """A float as short as it can be without becoming another one."""
    return f"{level:g}" if isinstance(level, int | float) and float(f"{level:g}") == level else str(level)


def call_level(task: Task, factor: str, level: Any) -> str:
    """As a title has it. A word speaks for itself, a number does not."""
    return task.call(level) if isinstance(level, str) else f"{task.call(factor)} {show(level)}"


def name_cell(task: Task, levels: Mapping[str, Any]) -> str:
    """By the factors that name a cell: its label begins with this."""
    return "-".join(str(levels[factor]) for factor in dict.fromkeys(task.panels.factors))
