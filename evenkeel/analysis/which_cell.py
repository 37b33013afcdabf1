"""Finds the cell of a summary that a user means."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from evenkeel.analysis.facts import SameCell
from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import SampledCell
from evenkeel.grids.which_cell import NoSuchCell, SeveralCells, pick_cell
from evenkeel.plugins import Task
from evenkeel.records.left_out import LeftOut

AnyCell = TypeVar("AnyCell", bound=SampledCell)


def find_cell(task: Task, cells: Sequence[AnyCell], said: str, field: str, left_out: Sequence[LeftOut] = ()) -> AnyCell:
    """The cell that the user means, found by the rules of `pick_cell`.

    A cell that counts as another one, because it trains to the same bits, has that one's results.

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
    every: list[AnyCell | LeftOut] = [*cells, *unreadable.values()]
    try:
        found = _pick(task, every, {each.hash: (each, cell) for cell in cells for each in cell.same_cells}, said)
    except (NoSuchCell, SeveralCells) as error:
        raise QueryError(field, str(error)) from error
    if isinstance(found, LeftOut):
        raise QueryError(field, f"the cell {found.hash} cannot be read here. {found.why}. {found.remedy}")
    return found


def _pick(
    task: Task,
    every: Sequence[AnyCell | LeftOut],
    same: Mapping[str, tuple[SameCell, AnyCell]],
    said: str,
) -> AnyCell | LeftOut:
    """The cell among `every`, or else the one as which a cell counts. same: by hash, such a cell and that one."""
    try:
        return pick_cell(task, every, said)
    except NoSuchCell as error:
        try:
            return same[pick_cell(None, [other for other, _ in same.values()], said).hash][1]
        except NoSuchCell:
            raise error from None
