"""Permutation tests of one factor within blocks. All runs of a block have the same levels of all other factors, and
only runs of the same block change places.

The test is exact if the factor has no effect in any block. The distributions may be of any kind, and one block may
spread ten times as wide as another. p = (b + 1) / (m + 1), where b of m permutations give a statistic as large as the
observed one (Phipson and Smyth 2010).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenkeel.stability.curves import Array

WORK = 5_000_000  # largest number of runs x permutations, except that `FEWEST` permutations are always allowed
FEWEST = 999

Index = NDArray[np.int64]


def num_permutations(wanted: int, num_runs: int) -> int:
    """As many permutations as wanted, or fewer if the many runs would make the test slow."""
    return min(wanted, max(FEWEST, WORK // max(1, num_runs)))


def p_of_means(values: Array, level: Index, block: Index, rng: np.random.Generator, permutations: int) -> float | None:
    """Test whether the level of a factor changes the mean of the values.

    The statistic is the sum over levels of (mean over blocks of (the cell's mean - the block's mean))^2.

    Args:
        values: (num_runs,).
        level: (num_runs,), the number of each run's level, from 0.
        block: (num_runs,), the number of each run's block.

    Returns:
        p, or None if no block has two levels.
    """
    effects, counts = np.zeros((permutations + 1, level.max(initial=0) + 1)), np.zeros(level.max(initial=0) + 1)
    for runs, membership in _blocks(level, block):
        own = values[runs] - values[runs].mean()
        shuffled = _shuffle(own, rng, permutations)
        for which, members in membership:
            effects[:, which] += shuffled[:, members].mean(axis=1)
            counts[which] += 1
    return _p(effects, counts)


def p_of_spreads(
    curves: Array, level: Index, block: Index, rng: np.random.Generator, permutations: int
) -> float | None:
    """Test whether the level of a factor changes how far the seeds of a cell spread.

    The statistic is the one of `p_of_means`, with the log of a cell's spread in place of its mean. The spread is the
    root of the mean over epochs of the variance over the seeds (ddof 1). It follows from the products of the curves.

    Args:
        curves: (num_runs, num_epochs), each run's curve minus the median curve of its cell, divided by the root of its
            number of epochs. It is the median because one seed far away would move a mean. That would shift all other
            seeds of the cell too, and they would keep this shift in every permutation.
        level: (num_runs,), the number of each run's level, from 0.
        block: (num_runs,), the number of each run's block.

    Returns:
        p, or None if no block has two cells of two or more seeds, at least one of them of three or more.
    """
    effects, counts = np.zeros((permutations + 1, level.max(initial=0) + 1)), np.zeros(level.max(initial=0) + 1)
    for runs, membership in _blocks(level, block, at_least=2):
        products = curves[runs] @ curves[runs].T
        order = _shuffle(np.arange(len(runs), dtype=np.float64), rng, permutations).astype(np.int64)
        logs = []
        for _, members in membership:
            chosen = np.zeros(order.shape)
            np.put_along_axis(chosen, order[:, members], 1.0, axis=1)
            lengths, n = chosen @ np.diag(products), len(members)
            variance = (lengths - np.sum(chosen @ products * chosen, axis=1) / n) / (n - 1)
            logs.append(np.log(np.maximum(variance, 1e-300)) / 2)
        centre = np.mean(logs, axis=0)
        for (which, _), log in zip(membership, logs, strict=True):
            effects[:, which] += log - centre
            counts[which] += 1
    return _p(effects, counts)


def _blocks(level: Index, block: Index, at_least: int = 1) -> Iterator[tuple[Index, list[tuple[int, Index]]]]:
    """For each block with two or more levels: its runs, and for each level the places of its runs among them."""
    for number in np.unique(block):
        runs = np.flatnonzero(block == number)
        levels, sizes = np.unique(level[runs], return_counts=True)
        kept = levels[sizes >= at_least]
        # The two deviations of a pair from its median are equal and opposite. If all cells are pairs, the observed
        # arrangement is therefore always the most extreme one, and a test would say nothing.
        pairs_alone = at_least == 2 and sizes.max() == 2
        if len(kept) >= 2 and not pairs_alone:
            runs = runs[np.isin(level[runs], kept)]
            yield runs, [(int(which), np.flatnonzero(level[runs] == which)) for which in kept]


def _shuffle(values: Array, rng: np.random.Generator, permutations: int) -> Array:
    """(permutations + 1, n). The first row has the values in their own order."""
    return np.vstack([values, rng.permuted(np.tile(values, (permutations, 1)), axis=1)])


def _p(effects: Array, counts: Array) -> float | None:
    seen = counts > 0
    if seen.sum() < 2:
        return None
    statistic = np.sum((effects[:, seen] / counts[seen]) ** 2, axis=1)
    as_large = np.sum(statistic[1:] >= statistic[0] * (1 - 1e-9) - 1e-300)
    return float((as_large + 1) / len(statistic))
