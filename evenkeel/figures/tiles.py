"""Counts the runs that diverged or collapsed, for each level of two factors: what a stability region shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.analysis.summary import SampledCell
from evenkeel.grids.levels import differing, in_order, short_name, show
from evenkeel.plugins import Task

Levels = dict[str, list[Any]]
Counts = NDArray[np.int64]

IN_EACH_TILE = "In each tile: the runs that diverged or collapsed, out of the finished runs."


@dataclass(frozen=True)
class Tiles:
    """A tile for each level of x and y. A cell does not count before every seed of it has ended: diverged runs end
    first, and a share before that would be too high.

    Attributes:
        x: The factor along x.
        y: The factor along y; None if each row has the name of its cells.
        columns: The levels of x.
        rows: The levels of y, or the names; from the lowest row to the highest.
        bad: (num_rows, num_columns), the runs that diverged or collapsed.
        n: The same shape, the finished runs.
        pooled: The other factors that vary, over which the runs are pooled, with their levels.
        training: How many cells do not count yet.
    """

    x: str
    y: str | None
    columns: list[Any]
    rows: list[Any]
    bad: Counts
    n: Counts
    pooled: Levels
    training: int

    def says(self, task: Task) -> str:
        """What a reader needs to know of the tiles."""
        over = "; ".join(f"{task.call(name)} ({', '.join(map(show, levels))})" for name, levels in self.pooled.items())
        or_training = ", or some seeds have not ended" if self.training else ""
        parts = [
            IN_EACH_TILE,
            f"Hatched: no run has finished{or_training}." if (self.n == 0).any() else "",
            f"Left out until all their seeds have ended: {self.training} of the cells." if self.training else "",
            f"Pooled over {over}." if self.pooled else "",
        ]
        return " ".join(filter(None, parts))


def tiles_of(task: Task, cells: Sequence[SampledCell], x: str, y: str | None = None) -> Tiles:
    """The tiles of the cells.

    Args:
        cells: At least one.
        y: By default the factor with the most levels besides x. If no other factor varies, each row has the name of
            its cells.

    Raises:
        ValueError: x does not vary, x or y is not a factor, or they are the same.
    """
    factors = differing(task, [cell.levels for cell in cells])
    varying = {factor: in_order(task, factor, (cell.levels[factor] for cell in cells)) for factor in factors}
    _check(cells, x, y, varying)
    others = {factor: levels for factor, levels in varying.items() if factor != x}
    y = y or max(others, key=lambda factor: len(others[factor]), default=None)
    columns, rows = varying[x], _rows(task, cells, y)
    rows = rows[::-1] if isinstance(rows[0], str) else rows  # words begin at the top, numbers grow upwards
    bad, n = np.zeros((2, len(rows), len(columns)), np.int64)
    ended = [cell for cell in cells if not cell.divergence.unfinished]
    for cell in ended:
        at = rows.index(_row(task, cell, y)), columns.index(cell.levels[x])
        bad[at] += cell.divergence.diverged + cell.divergence.collapsed
        n[at] += cell.divergence.n
    pooled = {factor: levels for factor, levels in others.items() if factor != y}
    return Tiles(x, y, columns, rows, bad, n, pooled, len(cells) - len(ended))


def _check(cells: Sequence[SampledCell], x: str, y: str | None, varying: Levels) -> None:
    known = cells[0].levels
    for factor in (x, y):
        if factor is not None and factor not in known:
            raise ValueError(f"{factor!r} is not a factor; the factors are: {', '.join(known)}")
    if x not in varying:
        level = show(known[x])
        what = f"factors that vary: {', '.join(varying)}" if varying else "no factor varies"
        raise ValueError(f"{x} does not vary: it is {level} in every cell; {what}")
    if x == y:
        raise ValueError(f"{x} is already along x; name another factor for y, or none")


def _rows(task: Task, cells: Sequence[SampledCell], y: str | None) -> list[Any]:
    if y:
        return in_order(task, y, (cell.levels[y] for cell in cells))
    return list(dict.fromkeys(_row(task, cell, y) for cell in cells))


def _row(task: Task, cell: SampledCell, y: str | None) -> Any:
    return cell.levels[y] if y else short_name(task, cell.levels)
