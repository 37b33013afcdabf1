"""Which cell of a summary is meant."""

from collections.abc import Sequence

from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import CellSummary
from evenkeel.lab.levels import differing_beyond_name, show
from evenkeel.plugins import Task

MOST_NAMED = 20  # cells, in a message
FEWEST_DIGITS = 4  # of a hash


def find_cell(task: Task, cells: Sequence[CellSummary], said: str, field: str) -> CellSummary:
    """The cell that is meant by its name or its hash, or by a beginning of either that fits no other cell.

    A whole match goes before a beginning, and a beginning that ends with a whole level ('mlp-0.1') before one that
    does not ('mlp-0.15'). A beginning of a hash has 4 digits or more.

    Args:
        cells: of a summary, all of the task.
        said: what the caller calls the cell.
        field: the part of the query that says so.

    Raises:
        QueryError: several cells fit, and it lists them with what differs between them; or none does, and it lists
            those that there are.
    """
    ways = (
        lambda cell: said in (cell.cell, cell.hash),
        lambda cell: cell.cell.startswith(f"{said}-"),
        lambda cell: cell.cell.startswith(said) or (len(said) >= FEWEST_DIGITS and cell.hash.startswith(said)),
    )
    fitting = next((found for fits in ways if (found := [cell for cell in cells if fits(cell)])), [])
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise QueryError(field, f"{said!r} fits {len(fitting)} cells; say more of one: {tell_apart(task, fitting)}")
    raise QueryError(field, f"there is no cell {said!r}; there are: {list_cells(cells)}")


def tell_apart(task: Task, cells: Sequence[CellSummary]) -> str:
    """The cells with what differs between them beyond their names: 'yolo-none-he-3fa9c1 (lr 0.01), ...'."""
    factors = differing_beyond_name(task, [cell.levels for cell in cells])
    names = [cell.cell for cell in cells]
    return _listed([_with_levels(cell, factors, names.count(cell.cell) > 1) for cell in cells])


def list_cells(cells: Sequence[CellSummary]) -> str:
    """The names of the cells, by commas."""
    return _listed([cell.cell for cell in cells]) or "none yet"


def _with_levels(cell: CellSummary, factors: Sequence[str], with_hash: bool) -> str:
    told = [f"{factor} {show(cell.levels[factor])}" for factor in factors]
    told += [f"hash {cell.hash}"] if with_hash else []
    return f"{cell.cell} ({', '.join(told)})" if told else cell.cell


def _listed(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
    return ", ".join(texts[:MOST_NAMED]) + more
