"""Cells that train as one, because they differ only in parameters that they ignore (`Task.ignores`)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from evenkeel.grids.cell import Cell
from evenkeel.grids.levels import differing, in_order, show
from evenkeel.plugins import Task


@dataclass(frozen=True)
class Same:
    """Combinations of levels that train as one.

    Attributes:
        cell: The one that is trained and named.
        all: All of them, this one among them.
    """

    cell: Cell
    all: list[Cell]


def one_of_each(cells: Iterable[Cell], held: Collection[str] = ()) -> list[Same]:
    """The cells, with those that train as one taken together. The order is that of the first of them.

    Of several cells, the one that an experiment holds already is chosen, so that nothing is trained twice. Otherwise it
    is the one with the fewest idle levels, and the first of these.

    Args:
        held: The hashes of the cells that the experiment holds.
    """
    groups: dict[str, list[Cell]] = {}
    for cell in cells:
        groups.setdefault(cell.trains_as, []).append(cell)

    def preference(cell: Cell) -> tuple[bool, int]:
        return cell.hash not in held, len(cell.idle_levels)

    return [Same(min(group, key=preference), group) for group in groups.values()]


def same_says(task: Task, found: Sequence[Same]) -> list[str]:
    """A sentence for each set of parameters in which combinations differ that are one cell.

    For example: 'momentum changes nothing for optimizer adam: 4 combinations of levels are 2 cells.'
    """
    ignored = [tuple(differing(task, [cell.levels for cell in same.all])) for same in found]
    says = []
    for factors in dict.fromkeys(filter(None, ignored)):
        here = [same for same, names in zip(found, ignored, strict=True) if names == factors]
        rest = [same for same, names in zip(found, ignored, strict=True) if names != factors]
        verb = "changes" if len(factors) == 1 else "change"
        combinations, cells = sum(len(same.all) for same in here), len(here)
        into = "one cell" if cells == 1 else f"{cells} cells"
        where = _where(task, here, rest, factors)
        says.append(f"{_listed(factors)} {verb} nothing {where}: {combinations} combinations of levels are {into}.")
    return says


def _where(task: Task, here: Sequence[Same], rest: Sequence[Same], ignored: Collection[str]) -> str:
    """The levels that these cells have and the rest does not, such as 'for optimizer adam'."""
    if not rest:
        return "in this grid"
    for factor in task.factors:
        levels, others = (_levels(factor, among) for among in (here, rest))
        if factor not in ignored and not any(level in others for level in levels):
            return f"for {factor} {_listed([show(level) for level in in_order(task, factor, levels)])}"
    return f"in {len(here)} of {len(here) + len(rest)} cells"


def _levels(factor: str, among: Sequence[Same]) -> list[Any]:
    return [cell.levels[factor] for same in among for cell in same.all]


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
