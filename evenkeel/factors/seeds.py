"""What runs of the same seed have in common. A seed decides the order of the data and the draws of the weights, so the
runs of one seed in several cells are not independent.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy.special import gammaln

from evenkeel.factors.numbering import Index, group_means, numbered
from evenkeel.statistics.curves import Array

RESEMBLE = 0.03  # level of the tests for factors whose levels resemble each other


@dataclass(frozen=True)
class Places:
    """Where the runs stand in the test of a factor, or of two factors together.

    Attributes:
        level: (num_runs,), the number of the run's level, from 0.
        block: (num_runs,), the number of its block. The runs of a block have the same levels of all other factors.
        seed: (num_runs,).
        cluster: (num_runs,), the number of its cluster, which is one or more whole blocks. What is left of the runs of
            one seed is independent between clusters.
    """

    level: Index
    block: Index
    seed: Index
    cluster: Index

    def rows(self, which: NDArray[np.bool_] | Index) -> "Places":
        return Places(self.level[which], self.block[which], self.seed[which], self.cluster[which])

    @cached_property
    def cell(self) -> Index:
        """(num_runs,), the number of the run's cell among the cells of these runs, from 0."""
        return numbered(self.block, self.level)

    @cached_property
    def dependent(self) -> Index:
        """(num_runs,). Runs with the same number have one seed and one cluster."""
        return numbered(self.cluster, self.seed)

    @cached_property
    def smallest_p(self) -> float:
        """The smallest p of a test that places the runs anew. Renaming the levels in all blocks at once leaves the
        statistic as it is, so as many arrangements are as extreme as the observed one."""
        same = float(np.prod(np.arange(1.0, min(len(np.unique(self.level)), 20) + 1)))
        return same / num_arrangements(exchangeable(self), self.cell)


def exchangeable(places: Places) -> Index:
    """Which runs may change places: those with the same number.

    The runs of one seed in two or more cells of a block are a group. All runs of the block whose seed is in one cell
    only are another group.

    Returns:
        (num_runs,).
    """
    pair = numbered(places.block, places.seed)
    shared = num_different(places.cell, pair)[pair] >= 2
    return numbered(places.block, np.where(shared, pair, -1))


def num_different(values: Index, group: Index) -> Index:
    """(num_groups,), how many different values the runs of each group have. values, group: (num_runs,), numbered."""
    size = values.max(initial=0) + 1
    both = np.sort(group * size + values)
    return np.bincount(both[np.diff(both, prepend=-1) > 0] // size)


def num_arrangements(group: Index, cell: Index) -> float:
    """The number of ways to place the runs of each group in its cells. Infinite if it is above 1e300."""
    both = np.bincount(numbered(group, cell))
    log = float(np.sum(gammaln(np.bincount(numbered(group)) + 1.0)) - np.sum(gammaln(both + 1.0)))
    return float(np.exp(log)) if log < 690 else float("inf")


def together(residuals: Array, index: Index, seed: Index) -> list[list[int]]:
    """For each factor, the other factors in which blocks may differ and still depend on each other.

    Two inits may scale the same draws, so that the runs of a seed resemble each other in both, while another
    architecture has draws of its own. In the test of architectures, the blocks of the two inits are then not
    independent. This is so for every test if the residuals of a seed vary more between the groups of runs that differ
    in init only than within them. It is so for the test of one factor, and over all other factors, if a seed does to
    the levels of this factor the same in all blocks: its residuals vary more between levels than between blocks.

    Both are F tests at the 3 % level. What a seed has in common in all cells is subtracted before.

    Args:
        residuals: (num_runs, num_values), each run's values minus the mean of its cell.
        index: (num_runs, num_factors), the number of each run's level of each factor.
        seed: (num_runs,).

    Returns:
        A list for each factor, of places of factors. All are empty if fewer than two seeds are in every cell.
    """
    num_factors = index.shape[1]
    nothing: list[list[int]] = [[] for _ in range(num_factors)]
    if not index.size:
        return nothing
    cell, number = numbered(*index.T), numbered(seed)
    there = np.zeros((cell.max() + 1, number.max() + 1))
    there[cell, number] = 1
    everywhere = np.asarray(there.all(axis=0))[number]
    first = np.unique(numbered(cell, number), return_index=True)[1]
    runs = first[everywhere[first]]
    num_cells, num_seeds = len(there), len(np.unique(seed[runs]))
    if num_seeds < 2:
        return nothing
    own = residuals[runs] - group_means(residuals[runs], cell[runs])
    own = own - group_means(own, number[runs])
    alike, same_everywhere = [], []
    for factor in range(num_factors):
        blocks = numbered(np.zeros(len(runs), np.int64), *np.delete(index[runs], factor, axis=1).T)
        levels, num_blocks = index[runs, factor], int(blocks.max()) + 1
        between = group_means(own, numbered(blocks, seed[runs]))
        inside = num_cells - num_blocks
        if _more(between, num_blocks - 1, own - between, inside, num_seeds):
            alike.append(factor)
        effect = group_means(own - between, numbered(levels, seed[runs]))
        df = len(np.unique(levels)) - 1
        same_everywhere.append(_more(effect, df, own - between - effect, inside - df, num_seeds))
    return [
        [other for other in range(num_factors) if other != factor and (other in alike or same_everywhere[factor])]
        for factor in range(num_factors)
    ]


def _more(between: Array, df_between: int, within: Array, df_within: int, num_seeds: int) -> bool:
    """Whether the first varies more than the second: an F test. Each df is for one seed."""
    if df_between < 1 or df_within < 1:
        return False
    dfs = df_between * (num_seeds - 1), df_within * (num_seeds - 1)
    squares = float(np.sum(between**2)) / dfs[0], float(np.sum(within**2)) / dfs[1]
    if squares[1] <= 1e-12 * squares[0]:
        return squares[0] > 0
    return bool(scipy.stats.f.sf(squares[0] / squares[1], *dfs) <= RESEMBLE)
