"""How far the seeds of a cell spread, in many orders of the runs at once."""

from dataclasses import dataclass

import numpy as np

from evenkeel.factors.numbering import Index, numbered
from evenkeel.factors.seeds import Places
from evenkeel.statistics.curves import Array

AT_ONCE = 1_000_000  # numbers that are worked on at once: 8 MB
# Up to so many levels, products of matrices are faster than additions run by run.
FEW_LEVELS = 8


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
    """The blocks of some runs, as a table in which a block has a cell for each level. A cell may have no runs.

    Attributes:
        n: (num_blocks, num_levels), how many runs each cell has.
        level: (num_runs,), the number of each place's level.
        spot: (num_runs,), where each run stands in a table of num_blocks x `longest`.
    """

    n: Index
    level: Index
    spot: Index

    @property
    def longest(self) -> int:
        """The number of runs of the largest block."""
        return int(self.n.sum(axis=1).max())

    @classmethod
    def of(cls, places: Places) -> "Spreads":
        """places: Of the runs that are `comparable`."""
        block, level = numbered(places.block), numbered(places.level)
        n = np.zeros((int(block.max()) + 1, int(level.max()) + 1), np.int64)
        np.add.at(n, (block, level), 1)
        of_block, sorted_runs = n.sum(axis=1), np.argsort(block, kind="stable")
        spot = np.empty(len(block), np.int64)
        spot[sorted_runs] = np.arange(len(block)) - (np.cumsum(of_block) - of_block)[block[sorted_runs]]
        return cls(n, level, block * int(of_block.max()) + spot)

    def statistic(self, curves: Array, orders: Index) -> Array:
        """(num_orders,), the sum over levels of (mean over blocks of (the log of the spread - the block's mean))^2.

        Args:
            curves: (num_runs, num_epochs).
            orders: (num_orders, num_runs), which run comes to each place.
        """
        # The squared length of a curve is one number more, and is added up like the others.
        numbers = np.column_stack([curves, np.sum(curves**2, axis=1)])
        work = len(curves) * (self.n.shape[1] if self.n.shape[1] <= FEW_LEVELS else numbers.shape[1])
        portion = max(1, AT_ONCE // max(1, work))
        logs = np.concatenate(
            [self._logs(numbers, orders[start : start + portion]) for start in range(0, len(orders), portion)]
        )
        there = self.n > 0
        means = logs.sum(axis=2, keepdims=True) / there.sum(axis=1, keepdims=True)
        effects = np.sum(np.where(there, logs - means, 0.0), axis=1) / there.sum(axis=0)
        return np.asarray(np.sum(effects**2, axis=1))

    def _logs(self, numbers: Array, orders: Index) -> Array:
        """(num_orders, num_blocks, num_levels), the log of each cell's spread; 0 for a cell without runs."""
        adding = self._products if self.n.shape[1] <= FEW_LEVELS else self._additions
        sums = adding(numbers, orders)
        n, shown = np.maximum(self.n, 2), sums[..., :-1]
        variances = (sums[..., -1] - np.einsum("...e,...e->...", shown, shown) / n) / (n - 1)
        return np.where(self.n > 0, np.log(np.maximum(variances, 1e-300)) / 2, 0.0)

    def _products(self, numbers: Array, orders: Index) -> Array:
        """(num_orders, num_blocks, num_levels, num_numbers), the sum over the runs of each cell: products of the
        numbers with 0 and 1, which say whose numbers come to which level."""
        (num_blocks, num_levels), longest, num_orders = self.n.shape, self.longest, len(orders)
        whose = np.full((num_orders, num_blocks * longest), -1, np.int8)
        whose[np.arange(num_orders)[:, np.newaxis], self.spot[orders]] = self.level
        chosen = np.empty((num_blocks, num_orders, num_levels, longest))
        np.equal(
            whose.reshape(num_orders, num_blocks, 1, longest).swapaxes(0, 1),
            np.arange(num_levels, dtype=np.int8)[:, np.newaxis],
            out=chosen,
        )
        table = np.zeros((num_blocks * longest, numbers.shape[1]))
        table[self.spot] = numbers
        found = chosen.reshape(num_blocks, -1, longest) @ table.reshape(num_blocks, longest, -1)
        return found.reshape(num_blocks, num_orders, num_levels, -1).swapaxes(0, 1)

    def _additions(self, numbers: Array, orders: Index) -> Array:
        """The same, run by run."""
        (num_blocks, num_levels), n = self.n.shape, self.n.ravel()
        places, starts = np.argsort(self.spot // self.longest * num_levels + self.level), np.cumsum(n) - n
        sums = np.zeros((len(orders), num_blocks * num_levels, numbers.shape[1]))
        for place in range(int(n.max())):
            cells = np.flatnonzero(n > place)
            sums[:, cells] += numbers.take(orders[:, places[starts[cells] + place]], axis=0)
        return sums.reshape(len(orders), num_blocks, num_levels, -1)
