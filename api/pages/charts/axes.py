"""Chooses what is along the rows, the columns and the colours of a chart of bands, if a reader does not."""

from collections.abc import Mapping, Sequence
from typing import Any

from evenkeel.factors.sensitivity import is_ordered
from evenkeel.plugins import Task
from evenkeel.result import about, result


@result
class Axes:
    rows: str | None = about("The factor whose levels have a row of panels each; null for a single row.")
    columns: str | None = about("The factor whose levels have a column of panels each; null for a single column.")
    colour: str | None = about("The factor whose levels have a colour each; null if all lines have one.")


def choose_axes(task: Task, factors: Mapping[str, Sequence[Any]]) -> Axes:
    """As the figures do it: the task says what is a row and a column (`Task.panels`), and colour shows the order of the
    only factor that is a number, or else the task's own line.

    A row or a column of which all cells are the same gives its place to a factor that varies.

    Args:
        factors: The factors that vary, with their levels.
    """
    panels = task.panels
    fixed = [factor for factor in dict.fromkeys((panels.row, panels.column)) if factor in factors]
    along = [factor for factor in dict.fromkeys((panels.line, *factors)) if factor in factors and factor not in fixed]
    numbers = [factor for factor in along if is_ordered(factors[factor])]
    colour = numbers[0] if len(numbers) == 1 else next(iter(along), None)
    rest = [factor for factor in along if factor != colour]
    columns = panels.column if panels.column in fixed else next(iter(rest), None)
    rest = [factor for factor in rest if factor != columns]
    rows = panels.row if panels.row in fixed and panels.row != columns else next(iter(rest), None)
    if colour is None:  # two factors vary at most, and they lay out the panels: one of them says more as a colour
        colour, rows = (rows, None) if rows is not None else (columns, None)
        columns = None if colour == columns else columns
    return Axes(rows, columns, colour)
