"""Finds the cell of a summary that a user means."""

from collections.abc import Sequence

from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.which_cell import NoSuchCell, SeveralCells, pick_cell
from evenkeel.lab.left_out import LeftOut
from evenkeel.plugins import Task


def find_cell(
    task: Task, cells: Sequence[CellSummary], said: str, field: str, left_out: Sequence[LeftOut] = ()
) -> CellSummary:
    """The cell that the user means, found by the rules of `pick_cell`.

    Args:
        cells: All cells of a summary of the task.
        said: What the user calls the cell.
        field: The part of the query that names the cell, for the error.
        left_out: The cells that the summary leaves out.

    Raises:
        QueryError: No cell fits, several cells fit, or the cell that fits cannot be read.
    """
    # A cell is left out once for each experiment that contains it.
    unreadable = {each.hash: each for each in left_out}
    every: list[CellSummary | LeftOut] = [*cells, *unreadable.values()]
    try:
        found = pick_cell(task, every, said)
    except (NoSuchCell, SeveralCells) as error:
        raise QueryError(field, str(error)) from error
    if isinstance(found, LeftOut):
        raise QueryError(field, f"the cell {found.hash} cannot be read here. {found.why}. {found.remedy}")
    return found
