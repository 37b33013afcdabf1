"""Which cell is meant by what somebody calls it: the same everywhere a cell can be asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from evenkeel.grids.levels import differing_beyond_name, show
from evenkeel.plugins import Task

MOST_NAMED = 20  # cells, in a message
FEWEST_DIGITS = 4  # of a hash


class Listed(Protocol):
    """A cell as lists show it. cell: its name; the hash where it cannot be read."""

    @property
    def cell(self) -> str: ...

    @property
    def hash(self) -> str: ...

    @property
    def levels(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class NamedCell:
    """A cell of which no more is known than what it may be called."""

    cell: str
    hash: str
    levels: Mapping[str, Any] = field(default_factory=dict)


C = TypeVar("C", bound=Listed)


class NoSuchCell(Exception):
    """No cell is called so."""


class SeveralCells(Exception):
    """Several cells may be meant."""


def pick_cell(task: Task | None, cells: Sequence[C], said: str) -> C:
    """The cell that is meant by its name or its hash, or by a beginning of either that fits no other cell.

    A whole match goes before a beginning, and a beginning that ends with a whole level ('mlp-0.1') before one that
    does not ('mlp-0.15'). A beginning of a hash has 4 digits or more.

    Args:
        task: of those cells that can be read; None if they are of several, or if their levels are not known.
        cells: each once.
        said: what the caller calls the cell.

    Raises:
        SeveralCells: several fit, and it lists them with what differs between them.
        NoSuchCell: none fits, and it lists those that there are.
    """
    ways: tuple[Callable[[Listed], bool], ...] = (
        lambda cell: said in (cell.cell, cell.hash),
        lambda cell: cell.cell.startswith(f"{said}-"),
        lambda cell: (_has_name(cell) and cell.cell.startswith(said)) or _begins_hash(said, cell),
    )
    fitting = next((found for fits in ways if (found := [cell for cell in cells if fits(cell)])), [])
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise SeveralCells(f"{said!r} fits {len(fitting)} cells; say more of one: {_tell_apart(task, fitting)}")
    raise NoSuchCell(f"there is no cell {said!r}; there are: {list_cells(cells)}")


def list_cells(cells: Sequence[Listed]) -> str:
    """The names of the cells, by commas."""
    return _joined([_told(cell, []) for cell in cells]) or "none yet"


def _tell_apart(task: Task | None, cells: Sequence[Listed]) -> str:
    """The cells with what differs between them beyond their names: 'yolo-none-he-3fa9c1 (lr 0.01), ...'."""
    read = [cell for cell in cells if _has_name(cell)]
    factors = differing_beyond_name(task, [cell.levels for cell in read]) if task else []
    names = [cell.cell for cell in cells]
    told = []
    for cell in cells:
        levels = [f"{factor} {show(cell.levels[factor])}" for factor in factors if _has_name(cell)]
        told.append(_told(cell, levels + ([f"hash {cell.hash}"] if names.count(cell.cell) > 1 else [])))
    return _joined(told)


def _has_name(cell: Listed) -> bool:
    """Whether it can be read."""
    return cell.cell != cell.hash


def _begins_hash(said: str, cell: Listed) -> bool:
    return len(said) >= FEWEST_DIGITS and cell.hash.startswith(said)


def _told(cell: Listed, more: Sequence[str]) -> str:
    more = more if _has_name(cell) else ["cannot be read"]
    return f"{cell.cell} ({', '.join(more)})" if more else cell.cell


def _joined(texts: Sequence[str]) -> str:
    rest = f" and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
    return ", ".join(texts[:MOST_NAMED]) + rest
