"""How far the seeds of a cell spread, in many orders of the runs at once."""

from dataclasses import dataclass

import numpy as np

from evenkeel.factors.numbering import Index, numbered
from evenkeel.factors.seeds import Places
from evenkeel.statistics.curves import Array

AT_ONCE = 2_000_000  # values of curves: 16 MB


def comparable(places: Places) -> Index:
    """The runs of blocks with two or more cells of two or more runs, block by block. Other cells have no spread.

    The two deviations of a pair from its median are equal and opposite. If all cells of a block are pairs, the observed
    arrangement is therefore always the most extreme one, and a test would say nothing. Such blocks are left out.
    """
    if not len(places.block):
        return np.array([], np.int64)
    block, cell = numbered(places.block), places.cell
    n, block_of = np.bincount(cell), np.zeros(int(cell.max()) + 1, np.int64)
    block_of[cell] = block
    num_blocks = int(block.max()) + 1
    enough = np.bincount(block_of[n >= 2], minlength=num_blocks) >= 2
    more = np.bincount(block_of[n > 2], minlength=num_blocks) > 0
    kept = np.flatnonzero((enough & more)[block] & (n[cell] >= 2))
    return kept[np.argsort(block[kept], kind="stable")]


@dataclass(frozen=True)
class Spreads:
    """The cells and blocks of some runs.

    Attributes:
        order: (num_runs,), the runs cell by cell.
        starts: (num_cells,), the first place of each cell in that order.
        n: (num_cells,), how many runs each cell has.
        blocks: (num_blocks,), the first cell of each block.
        ways: (num_cells, num_levels), 1 / the number of the level's cells in the column of the cell's level.
    """

    order: Index
    starts: Index
    n: Index
    blocks: Index
    ways: Array

    @classmethod
    def of(cls, places: Places) -> "Spreads":
        """places: Of the runs that are `comparable`."""
        cell, level = places.cell, numbered(places.level)
        order = np.argsort(cell, kind="stable")
        starts = np.flatnonzero(np.diff(cell[order], prepend=-1))
        of_cell = level[order][starts]
        blocks = np.flatnonzero(np.diff(places.block[order][starts], prepend=-1))
        ways = np.eye(int(level.max()) + 1)[of_cell] / np.bincount(of_cell)
        return cls(order, starts, np.bincount(cell), blocks, ways)

    def statistic(self, curves: Array, orders: Index) -> Array:
        """(num_orders,), the sum over levels of (mean over blocks of (the log of the spread - the block's mean))^2.

        Args:
            curves: (num_runs, num_epochs).
            orders: (num_orders, num_runs), which run comes to each place.
        """
        portion = max(1, AT_ONCE // max(1, curves.size))
        logs = np.concatenate(
            [self._logs(curves, orders[start : start + portion]) for start in range(0, len(orders), portion)]
        )
        counts = np.diff(self.blocks, append=len(self.starts))
        means = np.add.reduceat(logs, self.blocks, axis=1) / counts
        return np.asarray(np.sum(((logs - np.repeat(means, counts, axis=1)) @ self.ways) ** 2, axis=1))

    def _logs(self, curves: Array, orders: Index) -> Array:
        """(num_orders, num_cells), the log of each cell's spread."""
        shown = orders[:, self.order]
        lengths = np.add.reduceat(np.sum(curves**2, axis=1)[shown], self.starts, axis=1)
        sums = np.zeros((len(orders), len(self.n), curves.shape[1]))
        for place in range(int(self.n.max())):
            cells = np.flatnonzero(self.n > place)
            found = curves.take(shown[:, self.starts[cells] + place], axis=0)
            if len(cells) == len(self.n):
                sums += found
            else:
                sums[:, cells] += found
        variances = (lengths - np.einsum("oce,oce->oc", sums, sums) / self.n) / (self.n - 1)
        return np.asarray(np.log(np.maximum(variances, 1e-300)) / 2)
