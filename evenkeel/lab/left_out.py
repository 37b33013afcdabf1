"""Stored cells that cannot be read here: they are left out of every answer, and named in it."""

from collections.abc import Iterable
from typing import Any

from evenkeel.grids.cell import Cell, UnreadableCell, read_cell
from evenkeel.lab.records import CellRow
from evenkeel.result import about, result


@result
class LeftOut:
    hash: str = about("The cell.")
    experiment: str = about("The experiment that has it.")
    task: str = about("The task that it was posted for.")
    levels: dict[str, Any] = about("Its levels as they are stored: those that are not the defaults.")
    field: str = about("What cannot be read: 'task', or a factor.")
    level: Any = about("What is stored there; null for nothing.")
    why: str = about("What is wrong with it, and what is allowed or known here.")
    remedy: str = about("How to read it, or how to get rid of it.")

    @property
    def cell(self) -> str:
        """What it is called where other cells have names."""
        return self.hash


def leave_out(row: CellRow, error: UnreadableCell) -> LeftOut:
    """What to say of a cell that `read_cell` refused."""
    known = "name its task in EVENKEEL_TASKS" if error.field == "task" else "run a version that knows it"
    remedy = f"To read it, {known}. To delete it with its runs: evenkeel forget {row.experiment} {row.hash}"
    return LeftOut(
        *(row.hash, row.experiment, row.task, row.levels),
        *(error.field, error.level, str(error), remedy),
    )


def read_cells(rows: Iterable[CellRow]) -> tuple[dict[int, Cell], list[LeftOut]]:
    """Those that can be read, by their id, and those that cannot."""
    cells, left_out = dict[int, Cell](), list[LeftOut]()
    for row in rows:
        try:
            cells[row.id] = read_cell(row.task, row.levels)
        except UnreadableCell as error:
            left_out.append(leave_out(row, error))
    return cells, left_out
