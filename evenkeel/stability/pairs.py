"""Finds the cells that a comparison is about: like is compared with like."""

from collections.abc import Mapping
from typing import Any

from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.lists import listed
from evenkeel.grids.levels import show
from evenkeel.stability.errors import FrameError
from evenkeel.stability.run_set import Runs

Levels = Mapping[str, Any]  # factor -> level
Pair = tuple[CellSummary, CellSummary]


def pair_cells(runs: Runs, a: Levels, b: Levels | None) -> tuple[list[Pair], str]:
    """Pair each cell with the levels of `a` with the cells with the levels of `b`.

    Both cells of a pair have the same levels of every factor that `b` does not name.

    Args:
        b: By default, a cell of `a` is paired with all cells that differ from it only in factors that `a` names.

    Returns:
        (pairs, a sentence that says which cells they are).

    Raises:
        FrameError: No cell fits, or there is no pair.
    """
    alike = [factor for factor in runs.factors if factor not in (a if b is None else b)]
    firsts = _fitting(runs, a, "a")
    seconds = [cell for cell in runs.cells if cell not in firsts] if b is None else _fitting(runs, b, "b")
    pairs: list[Pair] = []
    for first in firsts:
        for second in seconds:
            is_alike = all(first.levels[factor] == second.levels[factor] for factor in alike)
            if first is not second and is_alike and (second, first) not in pairs:
                pairs.append((first, second))
    what = f"cells with {called(b)}" if b else "other cells"
    same = f" that have the same {listed(alike, 'and')}" if alike else ""
    if not pairs:
        raise FrameError("b", f"no cell with {called(a)} is like one of the {what}: there are none{same}")
    return pairs, _says(pairs, len(firsts), called(a), what, same)


def called(levels: Levels) -> str:
    """The levels in words, as in 'optimizer sgd and lr 0.1'."""
    return listed([f"{factor} {show(level)}" for factor, level in levels.items()], "and")


def _fitting(runs: Runs, levels: Levels, side: str) -> list[CellSummary]:
    """The cells with these levels. side: 'a' or 'b', for an error."""
    if not levels:
        raise FrameError(side, f"names no level; the factors are: {', '.join(runs.factors)}")
    for factor, level in levels.items():
        if factor not in runs.factors:
            raise FrameError(side, f"{factor!r} is not a factor; the factors are: {', '.join(runs.factors)}")
        if level not in runs.factors[factor]:
            known = ", ".join(map(show, runs.factors[factor]))
            raise FrameError(side, f"{level!r} is not a level of {factor}; its levels: {known}")
    found = [cell for cell in runs.cells if all(cell.levels[factor] == level for factor, level in levels.items())]
    if not found:
        raise FrameError(side, f"no cell has {called(levels)}")
    return found


def _says(pairs: list[Pair], num_firsts: int, a: str, what: str, same: str) -> str:
    if len(pairs) == 1:
        [(first, second)] = pairs
        return f"{first.cell} is compared with {second.cell}."
    said = f"Each cell with {a} is compared with the {what}{same}: {len(pairs)} pairs."
    alone = num_firsts - len({first.cell for first, _ in pairs})
    left_out = f" {alone} of the cells with {a} are left out, because there is no such other cell." if alone else ""
    return f"{said} Holm's correction is over all pairs.{left_out}"
