"""Finds the cell that a user means. The rules are the same wherever a cell can be asked for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from evenkeel.grids.levels import differing_beyond_name, show
from evenkeel.plugins import Task

MOST_NAMED = 20  # cells that a message lists at most
FEWEST_DIGITS = 4  # digits that the beginning of a hash needs at least


class Listed(Protocol):
    """A cell as lists show it. `cell` is its name, or its hash if the cell cannot be read."""

    @property
    def cell(self) -> str: ...

    @property
    def hash(self) -> str: ...

    @property
    def levels(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class NamedCell:
    """A cell as far as it is needed to find it. `levels` is empty if they are not known."""

    cell: str
    hash: str
    levels: Mapping[str, Any] = field(default_factory=dict)


C = TypeVar("C", bound=Listed)


class NoSuchCell(Exception):
    """No cell fits what the user gave."""


class SeveralCells(Exception):
    """More than one cell fits what the user gave."""


def pick_cell(task: Task | None, cells: Sequence[C], said: str) -> C:
    """The cell with this name or hash, or else the only cell whose name or hash begins with it.

    A full match is preferred. Next comes a beginning that ends with a whole level: 'mlp-0.1' means 'mlp-0.1-3fa9c1' and
    not 'mlp-0.15-8b20d4'. Any other beginning comes last. The beginning of a hash needs at least 4 digits.

    Args:
        task: the task of the cells that can be read; None if they belong to several, or if their levels are not known.
        cells: the cells to choose from, each once.
        said: the name or hash that the user gave, or the beginning of one.

    Raises:
        SeveralCells: several cells fit. The message lists them and what differs between them.
        NoSuchCell: no cell fits. The message lists the cells that exist.
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
        raise SeveralCells(
            f"{said!r} fits {len(fitting)} cells; give the name or hash of one: {_tell_apart(task, fitting)}"
        )
    raise NoSuchCell(f"there is no cell {said!r}; there are: {list_cells(cells)}")


def list_cells(cells: Sequence[Listed]) -> str:
    """The names of the cells, separated by commas; at most 20 of them."""
    return _joined([_told(cell, []) for cell in cells]) or "none yet"


def _tell_apart(task: Task | None, cells: Sequence[Listed]) -> str:
    """The cells, with the levels in which they differ beyond their names: 'yolo-none-he-3fa9c1 (lr 0.01), ...'."""
    read = [cell for cell in cells if _has_name(cell)]
    factors = differing_beyond_name(task, [cell.levels for cell in read]) if task else []
    names = [cell.cell for cell in cells]
    told = []
    for cell in cells:
        levels = [f"{factor} {show(cell.levels[factor])}" for factor in factors if _has_name(cell)]
        told.append(_told(cell, levels + ([f"hash {cell.hash}"] if names.count(cell.cell) > 1 else [])))
    return _joined(told)


def _has_name(cell: Listed) -> bool:
    """Whether the cell can be read. Only then does it have a name beside its hash."""
    return cell.cell != cell.hash


def _begins_hash(said: str, cell: Listed) -> bool:
    return len(said) >= FEWEST_DIGITS and cell.hash.startswith(said)


def _told(cell: Listed, more: Sequence[str]) -> str:
    more = more if _has_name(cell) else ["cannot be read"]
    return f"{cell.cell} ({', '.join(more)})" if more else cell.cell


def _joined(texts: Sequence[str]) -> str:
    rest = f" and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else ""
    return ", ".join(texts[:MOST_NAMED]) + rest
