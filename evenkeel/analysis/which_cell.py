"""Which cell of a summary is meant."""

from collections.abc import Sequence

from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.which_cell import NoSuchCell, SeveralCells, pick_cell
from evenkeel.lab.left_out import LeftOut
from evenkeel.plugins import Task


def find_cell(
    task: Task, cells: Sequence[CellSummary], said: str, field: str, left_out: Sequence[LeftOut] = ()
) -> CellSummary:
    """The cell that is meant, as `pick_cell` takes it.

    Args:
        cells: of a summary, all of the task.
        said: what the caller calls the cell.
        field: the part of the query that says so.
        left_out: by that summary.

    Raises:
        QueryError: none or several cells fit, or the one that does cannot be read.
    """
    # Each once, however many experiments have it.
    unreadable = {each.hash: each for each in left_out}
    every: list[CellSummary | LeftOut] = [*cells, *unreadable.values()]
    try:
        found = pick_cell(task, every, said)
    except (NoSuchCell, SeveralCells) as error:
        raise QueryError(field, str(error)) from error
    if isinstance(found, LeftOut):
        raise QueryError(field, f"the cell {found.hash} cannot be read here. {found.why}. {found.remedy}")
    return found
