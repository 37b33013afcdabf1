"""Decides which panels a figure of bands has, and which cells stand in each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.analysis.figures.levels import beyond_line, call_level
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.levels import in_order
from evenkeel.plugins import Task

MOST_BANDS = 3  # bands that lie over each other in a panel; more would hide each other
MOST_COLUMNS = 2  # panels beside each other, so that a figure can be read at the width of one column
MOST_PANELS = 24  # small panels; more would be longer than a page


@dataclass(frozen=True)
class Panel:
    """A panel. It is empty if there are no such cells."""

    title: str
    cells: list[CellSummary]


@dataclass(frozen=True)
class Layout:
    """The panels of a figure.

    Attributes:
        heading: What all panels have in common, if no title says it.
        lines: The lines of panels. All have the same length; None stands for no panel.
        apart: Whether each band has a panel of its own.
    """

    heading: str
    lines: list[list[Panel | None]]
    apart: bool

    @property
    def num_columns(self) -> int:
        return len(self.lines[0])

    def is_lowest(self, line: int, column: int) -> bool:
        """Whether no panel is under the one at this place."""
        return all(lower[column] is None for lower in self.lines[line + 1 :])


def lay_out(task: Task, cells: Sequence[CellSummary]) -> Layout:
    """The panels that the task asks for (`Task.panels`): a line of panels for each row, and a panel for each column.

    If more than MOST_BANDS bands would lie over each other in a panel, each band gets a panel of its own. If that
    makes too many panels, the bands stay together.

    Args:
        cells: At least one.
    """
    panels = task.panels
    rows = _levels(task, panels.row, cells)
    columns = _levels(task, panels.column, cells) if panels.column != panels.row else [None]
    here = {
        (row, column): [
            cell for cell in cells if cell.levels[panels.row] == row and column in (None, cell.levels[panels.column])
        ]
        for row in rows
        for column in columns
    }
    apart = max(map(len, here.values())) > MOST_BANDS and len(cells) <= MOST_PANELS
    if apart:
        return _apart(task, cells)
    lines: list[list[Panel | None]] = []
    for row in rows:
        shown = [Panel(_title(task, row, column), here[row, column]) for column in columns]
        lines += _wrapped(shown) if len(columns) > MOST_COLUMNS else [list(shown)]
    return Layout("", _filled(lines), apart=False)


def _apart(task: Task, cells: Sequence[CellSummary]) -> Layout:
    """A panel for each cell. Its title says what is not the same in all cells."""
    panels = task.panels
    named = dict.fromkeys(panels.factors)
    varying = [factor for factor in named if len(_levels(task, factor, cells)) > 1]
    same = [call_level(task, factor, cells[0].levels[factor]) for factor in named if factor not in varying]
    rest = dict(zip([cell.hash for cell in cells], beyond_line(task, cells), strict=True))
    across = (
        panels.column if panels.column in varying and len(_levels(task, panels.column, cells)) <= MOST_COLUMNS else None
    )

    def title(cell: CellSummary) -> str:
        return ", ".join(
            filter(None, [*(call_level(task, each, cell.levels[each]) for each in varying), rest[cell.hash]])
        )

    shown = [(cell, Panel(title(cell), [cell])) for cell in cells]
    if across is None:
        return Layout(", ".join(same), _filled(_wrapped([panel for _, panel in shown])), apart=True)
    columns = _levels(task, across, cells)
    lines: dict[str, list[Panel | None]] = {}
    for cell, panel in shown:
        key = str([level for factor, level in cell.levels.items() if factor != across])
        lines.setdefault(key, [None] * len(columns))[columns.index(cell.levels[across])] = panel
    return Layout(", ".join(same), list(lines.values()), apart=True)


def _levels(task: Task, factor: str, cells: Sequence[CellSummary]) -> list[object]:
    return in_order(task, factor, (cell.levels[factor] for cell in cells))


def _title(task: Task, row: object, column: object) -> str:
    panels = task.panels
    parts = [call_level(task, panels.row, row), *([] if column is None else [call_level(task, panels.column, column)])]
    return ", ".join(parts)


def _wrapped(panels: Sequence[Panel]) -> list[list[Panel | None]]:
    """Lines of at most MOST_COLUMNS panels. A panel without cells is left out."""
    there = [panel for panel in panels if panel.cells]
    return [list(there[start : start + MOST_COLUMNS]) for start in range(0, len(there), MOST_COLUMNS)]


def _filled(lines: Sequence[Sequence[Panel | None]]) -> list[list[Panel | None]]:
    longest = max(map(len, lines))
    return [[*line, *[None] * (longest - len(line))] for line in lines]
