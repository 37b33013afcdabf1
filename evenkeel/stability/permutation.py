"""Permutation tests of one factor within blocks: only runs that differ in nothing but that factor's level change
places.

Exact where the factor does nothing in any block, whatever the distributions: also where one block spreads ten times as
wide as another. p = (b + 1) / (m + 1) (Phipson and Smyth 2010).
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from evenkeel.stability.curves import Array

WORK = 5_000_000  # runs x permutations
FEWEST = 999

Index = NDArray[np.int64]


def num_permutations(wanted: int, num_runs: int) -> int:
    return min(wanted, max(FEWEST, WORK // max(1, num_runs)))


def p_of_means(values: Array, level: Index, block: Index, rng: np.random.Generator, permutations: int) -> float | None:
    """p of: the level decides over the mean of `values` (num_runs,). None where no block has two levels.

    Statistic: sum over levels of (mean over blocks of the cell's mean less the block's)^2.
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
    """p of: the level decides over how far the seeds of a cell spread. None where no block has two such cells, one of
    them of three seeds.

    curves: (num_runs, num_epochs), each less its cell's median curve, and divided by the root of its number of epochs.
    The median, since a lone seed far away would move a mean, and with it every other seed, wherever they are put.
    Statistic: as above, of the log of each cell's spread, the root of the mean over epochs of the variance over its
    seeds (ddof 1), which follows from the products of the curves alone.
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
    """For each block with two levels or more: its runs, and of each level the places among them."""
    for number in np.unique(block):
        runs = np.flatnonzero(block == number)
        levels, sizes = np.unique(level[runs], return_counts=True)
        kept = levels[sizes >= at_least]
        # Two deviations from their median are opposites: among pairs alone what was seen is always the most extreme.
        pairs_alone = at_least == 2 and sizes.max() == 2
        if len(kept) >= 2 and not pairs_alone:
            runs = runs[np.isin(level[runs], kept)]
            yield runs, [(int(which), np.flatnonzero(level[runs] == which)) for which in kept]


def _shuffle(values: Array, rng: np.random.Generator, permutations: int) -> Array:
    """(permutations + 1, n); the first row as it is."""
    return np.vstack([values, rng.permuted(np.tile(values, (permutations, 1)), axis=1)])


def _p(effects: Array, counts: Array) -> float | None:
    seen = counts > 0
    if seen.sum() < 2:
        return None
    statistic = np.sum((effects[:, seen] / counts[seen]) ** 2, axis=1)
    as_large = np.sum(statistic[1:] >= statistic[0] * (1 - 1e-9) - 1e-300)
    return float((as_large + 1) / len(statistic))
