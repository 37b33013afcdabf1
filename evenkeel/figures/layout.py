"""Decides which panels a figure of bands has, and which cells stand in each of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.levels import beyond_line, call_level
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
    factors = list(dict.fromkeys([task.panels.row, task.panels.column]))  # one factor, if there is a single column
    columns = _levels(task, task.panels.column, cells) if len(factors) == 2 else [None]
    lines: list[list[Panel | None]] = []
    for row in _levels(task, task.panels.row, cells):
        line = []
        for column in columns:
            levels = dict(zip(factors, (row, column), strict=False))
            here = [cell for cell in cells if all(cell.levels[each] == level for each, level in levels.items())]
            title = ", ".join(call_level(task, each, level) for each, level in levels.items())
            line.append(Panel(title, here))
        lines += _wrapped(line) if len(columns) > MOST_COLUMNS else [list(line)]
    most = max(len(panel.cells) for line in lines for panel in line if panel)
    if most > MOST_BANDS and len(cells) <= MOST_PANELS:
        return _apart(task, cells)
    return Layout("", _filled(lines), apart=False)


def _apart(task: Task, cells: Sequence[CellSummary]) -> Layout:
    """A panel for each cell. Its title says what is not the same in all cells."""
    factors = list(dict.fromkeys(task.panels.factors))
    levels = {factor: _levels(task, factor, cells) for factor in factors}
    varying = [factor for factor in factors if len(levels[factor]) > 1]
    same = [call_level(task, factor, levels[factor][0]) for factor in factors if factor not in varying]
    rest = dict(zip([cell.hash for cell in cells], beyond_line(task, cells), strict=True))
    across = task.panels.column if 1 < len(levels[task.panels.column]) <= MOST_COLUMNS else None

    def title(cell: CellSummary) -> str:
        told = [call_level(task, factor, cell.levels[factor]) for factor in varying]
        return ", ".join(filter(None, [*told, rest[cell.hash]]))

    shown = [(cell, Panel(title(cell), [cell])) for cell in cells]
    if across is None:
        return Layout(", ".join(same), _filled(_wrapped([panel for _, panel in shown])), apart=True)
    lines: dict[str, list[Panel | None]] = {}
    for cell, panel in shown:
        others = repr([level for factor, level in cell.levels.items() if factor != across])
        line = lines.setdefault(others, [None] * len(levels[across]))
        line[levels[across].index(cell.levels[across])] = panel
    return Layout(", ".join(same), list(lines.values()), apart=True)


def _levels(task: Task, factor: str, cells: Sequence[CellSummary]) -> list[object]:
    return in_order(task, factor, (cell.levels[factor] for cell in cells))


def _wrapped(panels: Sequence[Panel]) -> list[list[Panel | None]]:
    """Lines of at most MOST_COLUMNS panels. A panel without cells is left out."""
    there = [panel for panel in panels if panel.cells]
    return [list(there[start : start + MOST_COLUMNS]) for start in range(0, len(there), MOST_COLUMNS)]


def _filled(lines: Sequence[Sequence[Panel | None]]) -> list[list[Panel | None]]:
    longest = max(map(len, lines))
    return [[*line, *[None] * (longest - len(line))] for line in lines]
