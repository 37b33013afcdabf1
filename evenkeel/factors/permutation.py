"""Permutation tests of factors within blocks. All runs of a block have the same levels of all other factors, and only
runs of the same block change places. Where the cells of a block share seeds, only the runs of one seed change places.

The test is exact if the factor has no effect in any block. The distributions may be of any kind, and one block may
spread ten times as wide as another. p = (b + 1) / (m + 1), where b of m permutations give a statistic as large as the
observed one (Phipson and Smyth 2010).
"""

from collections.abc import Iterator

import numpy as np

from evenkeel.factors.level_contrasts import pairs_of_levels, tetrads
from evenkeel.factors.seeds import Index, Places, exchangeable, numbered
from evenkeel.factors.shuffling import shuffle, shuffle_together
from evenkeel.factors.studentised import p_of_t, t_values
from evenkeel.statistics.curves import Array

WORK = 2_000_000  # largest number of runs x permutations, except that `FEWEST` permutations are always allowed
FEWEST = 999


def num_permutations(wanted: int, num_runs: int) -> int:
    """As many permutations as wanted, or fewer if the many runs would make the test slow."""
    return min(wanted, max(FEWEST, WORK // max(1, num_runs)))


def p_of_means(
    values: Array, places: Places, rng: np.random.Generator, permutations: int, studentise: bool = True
) -> float | None:
    """Test whether the level of a factor changes the mean of the values.

    The statistic is the largest |t| over all pairs of levels. The difference of a pair is the mean over blocks of the
    difference of its two cells. Its standard error is in `evenkeel.factors.studentised`. A noisy level with few runs
    therefore does not pass for an effect.

    Args:
        values: (num_runs,).
        places: Where the runs stand.
        studentise: If False, all permutations have the same standard error, and the blocks of a cluster are shuffled
            in the same way. For values of 0 and 1, equal means are equal distributions, so the test is exact.

    Returns:
        p, or None if no block has two levels.
    """
    contrasts = pairs_of_levels(places)
    if not len(contrasts):
        return None
    if studentise:
        order = shuffle(exchangeable(places), rng, permutations)
    else:
        order = shuffle_together(places, rng, permutations)
    return _p(t_values(_centred(values, places.block)[order], places.cell, places.dependent, contrasts, studentise))


def p_of_interaction(
    values: Array, places: Places, factors: Index, rng: np.random.Generator, permutations: int
) -> float | None:
    """Test whether the effect of one factor depends on the level of another.

    The statistic is the largest |t| over all pairs of levels of the one and pairs of levels of the other factor. The
    values that change places are the residuals, since the factors themselves may have an effect (ter Braak 1992). The
    test is therefore not exact. Its standard errors make it hold for unequal variances too. The residuals of three
    seeds add up to 0, which makes their p a little too small. So p is at least that of the largest t, by Welch and
    Satterthwaite, times the degrees of freedom of the interaction.

    Args:
        values: (num_runs,).
        places: Where the runs stand. `level` numbers the pairs of levels.
        factors: (num_runs, 2), the number of each run's level of both factors.

    Returns:
        p, or None if no block has two levels of both factors with two or more runs each.
    """
    enough = np.bincount(places.cell, minlength=1)[places.cell] >= 2
    values, places, factors = values[enough], places.rows(enough), factors[enough]
    contrasts = tetrads(places, factors)
    if not len(contrasts):
        return None
    cell, dependent = places.cell, places.dependent
    means = np.bincount(cell, values) / np.bincount(cell)
    order = shuffle(exchangeable(places), rng, permutations)
    shuffled = (values - means[cell])[order]
    shuffled[0] = _centred(values, places.block)
    found = t_values(shuffled, cell, dependent, contrasts)
    p = _p(found)
    most = contrasts[int(np.argmax(found[:, 0]))]
    df = int(np.prod([len(np.unique(factors[:, column])) - 1 for column in (0, 1)]))
    by_t = min(1.0, df * p_of_t(values, cell, places.cluster, places.seed, most))
    return None if p is None else max(p, by_t)


def p_of_spreads(curves: Array, places: Places, rng: np.random.Generator, permutations: int) -> float | None:
    """Test whether the level of a factor changes how far the seeds of a cell spread.

    The statistic is the sum over levels of (mean over blocks of (the log of the cell's spread - the block's mean))^2.
    The spread is the root of the mean over epochs of the variance over the seeds (ddof 1). It follows from the products
    of the curves.

    Args:
        curves: (num_runs, num_epochs), each run's curve minus the median curve of its cell, divided by the root of its
            number of epochs. It is the median because one seed far away would move a mean. That would shift all other
            seeds of the cell too, and they would keep this shift in every permutation.
        places: Where the runs stand.

    Returns:
        p, or None if no block has two cells of two or more seeds, at least one of them of three or more.
    """
    num_levels = places.level.max(initial=0) + 1
    effects, counts = np.zeros((permutations + 1, num_levels)), np.zeros(num_levels)
    blocks = list(_blocks(places.level, places.block))
    kept = np.concatenate([runs for runs, _ in blocks]) if blocks else np.array([], np.int64)
    orders = kept[shuffle_together(places.rows(kept), rng, permutations)]
    start, place = 0, np.zeros(len(curves), np.int64)
    for runs, membership in blocks:
        products = curves[runs] @ curves[runs].T
        place[runs] = np.arange(len(runs))
        order = place[orders[:, start : start + len(runs)]]
        start += len(runs)
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
    seen = counts > 0
    if seen.sum() < 2:
        return None
    return _p(np.sum((effects[:, seen] / counts[seen]) ** 2, axis=1)[np.newaxis])


def _centred(values: Array, block: Index) -> Array:
    """The values minus the mean of their block, without which the sums would lose digits."""
    number = numbered(block)
    return np.asarray(values - (np.bincount(number, values) / np.bincount(number))[number])


def _blocks(level: Index, block: Index) -> Iterator[tuple[Index, list[tuple[int, Index]]]]:
    """For each block with two or more cells of two or more runs: its runs, and the places of each level's runs."""
    for number in np.unique(block):
        runs = np.flatnonzero(block == number)
        levels, sizes = np.unique(level[runs], return_counts=True)
        kept = levels[sizes >= 2]
        # The two deviations of a pair from its median are equal and opposite. If all cells are pairs, the observed
        # arrangement is therefore always the most extreme one, and a test would say nothing.
        if len(kept) >= 2 and sizes.max() > 2:
            runs = runs[np.isin(level[runs], kept)]
            yield runs, [(int(which), np.flatnonzero(level[runs] == which)) for which in kept]


def _p(statistics: Array) -> float | None:
    """p of the largest statistic. statistics: (num_statistics, permutations + 1), the observed ones first."""
    statistic = statistics.max(axis=0)
    as_large = np.sum(statistic[1:] >= statistic[0] * (1 - 1e-9) - 1e-300)
    return float((as_large + 1) / len(statistic))
