"""Stored cells that cannot be read here. Every answer leaves them out and names them."""

from collections.abc import Iterable
from typing import Any

from evenkeel.grids.cell import Cell, UnreadableCell, read_cell
from evenkeel.records.rows import CellRow
from evenkeel.result import about, result


@result
class LeftOut:
    hash: str = about("Hash of the cell.")
    experiment: str = about("Experiment that the cell belongs to.")
    task: str = about("Task that the cell was posted for.")
    levels: dict[str, Any] = about("Its levels as they are stored: only those that differ from the defaults.")
    field: str = about("What cannot be read: 'task', or the name of a factor.")
    level: Any = about("The value that is stored there; null if there is none.")
    why: str = about("What is wrong with this value, and which values are allowed or known here.")
    remedy: str = about("How to make the cell readable, or how to delete it.")

    @property
    def cell(self) -> str:
        """Its hash, which lists show in place of a name."""
        return self.hash


def leave_out(row: CellRow, error: UnreadableCell) -> LeftOut:
    """What an answer says about a cell that `read_cell` refused."""
    known = "name its task in EVENKEEL_TASKS" if error.field == "task" else "run a version that knows it"
    remedy = f"To read it, {known}. To delete it with its runs: evenkeel forget {row.experiment} {row.hash}"
    return LeftOut(
        *(row.hash, row.experiment, row.task, row.levels),
        *(error.field, error.level, str(error), remedy),
    )


def read_cells(rows: Iterable[CellRow]) -> tuple[dict[int, Cell], list[LeftOut]]:
    """The cells that can be read, by their id, and those that cannot."""
    cells, left_out = dict[int, Cell](), list[LeftOut]()
    for row in rows:
        try:
            cells[row.id] = read_cell(row.task, row.levels)
        except UnreadableCell as error:
            left_out.append(leave_out(row, error))
    return cells, left_out
