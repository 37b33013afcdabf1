"""Permutation tests of factors within blocks. All runs of a block have the same levels of all other factors, and only
runs of the same block change places. Where the cells of a block share seeds, only the runs of one seed change places.

The test is exact if the factor has no effect in any block. The distributions may be of any kind, and one block may
spread ten times as wide as another. p = (b + 1) / (m + 1), where b of m permutations give a statistic as large as the
observed one (Phipson and Smyth 2010).
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, product

import numpy as np

from evenkeel.stability.curves import Array
from evenkeel.stability.seeds import Index, Places, exchangeable, num_arrangements, numbered
from evenkeel.stability.studentised import p_of_t, t_values

WORK = 2_000_000  # largest number of runs x permutations, except that `FEWEST` permutations are always allowed
FEWEST = 999
MOST_TETRADS = 200


def num_permutations(wanted: int, num_runs: int) -> int:
    """As many permutations as wanted, or fewer if the many runs would make the test slow."""
    return min(wanted, max(FEWEST, WORK // max(1, num_runs)))


def p_of_means(
    values: Array, places: Places, rng: np.random.Generator, permutations: int, studentise: bool = True
) -> float | None:
    """Test whether the level of a factor changes the mean of the values.

    The statistic is the largest |t| over all pairs of levels. The difference of a pair is the mean over blocks of the
    difference of its two cells. Its standard error is in `evenkeel.stability.studentised`. A noisy level with few runs
    therefore does not pass for an effect.

    Args:
        values: (num_runs,).
        places: Where the runs stand.
        studentise: If False, all permutations have the same standard error, and the blocks of a cluster are shuffled
            in the same way. For values of 0 and 1, equal means are equal distributions, so the test is exact.

    Returns:
        p, or None if no block has two levels.
    """
    contrasts = _pairs_of_levels(places)
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
    contrasts = _tetrads(places, factors)
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


def with_enough_arrangements(places: Places, level: float) -> Places:
    """The same places, but with all seeds different if pairing by seed leaves no arrangement with a p at this level.

    If runs of one seed resemble each other, the difference of two cells of a block varies less than that of
    independent runs. The test of independent runs then claims too little rather than too much.
    """
    group = exchangeable(places)
    # Renaming the levels in all blocks at once leaves the statistic as it is.
    same = float(np.prod(np.arange(1.0, min(len(np.unique(places.level)), 20) + 1)))
    if same / num_arrangements(group, places.cell) <= level:
        return places
    return replace(places, seed=np.arange(len(places.seed)))


def shuffle_together(places: Places, rng: np.random.Generator, permutations: int) -> Index:
    """`shuffle`, but the blocks of a cluster are shuffled in the same way if they have the same levels and seeds.

    Then the test is exact although the blocks of a cluster depend on each other.
    """
    whole = np.lexsort((places.seed, places.level, places.block))
    kind = np.column_stack([places.level, places.seed])
    drawn = np.full(len(whole), True)
    copies: list[tuple[Index, Index]] = []
    for cluster in np.unique(places.cluster):
        inside = whole[places.cluster[whole] == cluster]
        first, *others = (inside[places.block[inside] == block] for block in np.unique(places.block[inside]))
        for other in others:
            if np.array_equal(kind[first], kind[other]):
                drawn[other] = False
                copies.append((first, other))
    order = np.tile(np.arange(len(whole)), (permutations + 1, 1))
    own = np.flatnonzero(drawn)
    order[:, own] = own[shuffle(exchangeable(places.rows(own)), rng, permutations)]
    place = np.zeros(len(whole), np.int64)
    for first, other in copies:
        place[first] = np.arange(len(first))
        order[:, other] = other[place[order[:, first]]]
    return order


def shuffle(group: Index, rng: np.random.Generator, permutations: int) -> Index:
    """Orders of the runs in which only runs of the same group change places.

    Args:
        group: (num_runs,).

    Returns:
        (permutations + 1, num_runs). The first row is the order as it is.
    """
    order = np.tile(np.arange(len(group)), (permutations + 1, 1))
    sizes = np.bincount(group)[group] if len(group) else group
    for size in np.unique(sizes[sizes > 1]):
        runs = np.flatnonzero(sizes == size)
        members = runs[np.argsort(group[runs], kind="stable")].reshape(-1, size)
        mixed = rng.permuted(np.tile(members, (permutations, 1, 1)), axis=2)
        order[1:, members.reshape(-1)] = mixed.reshape(permutations, -1)
    return order


def _centred(values: Array, block: Index) -> Array:
    """The values minus the mean of their block, without which the sums would lose digits."""
    number = numbered(block)
    return np.asarray(values - (np.bincount(number, values) / np.bincount(number))[number])


def _pairs_of_levels(places: Places) -> Array:
    """(num_pairs, num_cells), the coefficients of the difference of each pair of levels that share a block."""
    levels = np.unique(places.level)
    table = _table(places, [(level,) for level in levels], places.level[:, np.newaxis])
    found = []
    for i, j in combinations(range(len(levels)), 2):
        both = table[:, [i, j]]
        found.append(_coefficients(both, np.array([1.0, -1.0]), table))
    return _known(found, table)


def _tetrads(places: Places, factors: Index) -> Array:
    """(num_tetrads, num_cells), the coefficients of (a - b at one level) - (a - b at another level)."""
    first, second = (np.unique(factors[:, column]) for column in (0, 1))
    table = _table(places, list(product(first, second)), factors)
    pairs = [list(combinations(range(len(levels)), 2)) for levels in (first, second)]
    if len(pairs[0]) * len(pairs[1]) > MOST_TETRADS:
        pairs = [[(0, other) for other in range(1, len(levels))] for levels in (first, second)]
    width = len(second)
    found = []
    for (a, b), (c, d) in product(*pairs):
        four = table[:, [a * width + c, a * width + d, b * width + c, b * width + d]]
        found.append(_coefficients(four, np.array([1.0, -1.0, -1.0, 1.0]), table))
    return _known(found, table)


def _table(places: Places, columns: list[tuple[int, ...]], levels: Index) -> Index:
    """(num_blocks, num_columns), the number of the cell of each block with these levels; -1 if there is none."""
    place = {tuple(int(level) for level in column): number for number, column in enumerate(columns)}
    block = numbered(places.block)
    table = np.full((block.max(initial=-1) + 1, len(columns)), -1)
    table[block, [place[tuple(row)] for row in levels.tolist()]] = places.cell
    return table


def _coefficients(cells: Index, signs: Array, table: Index) -> Array:
    """(num_cells,), the mean over the blocks with all these cells of the signed sum of their means; 0 if none has."""
    whole = cells[(cells >= 0).all(axis=1)]
    found = np.zeros(table.max(initial=-1) + 1)
    for column, sign in enumerate(signs):
        found[whole[:, column]] = sign / max(1, len(whole))
    return found


def _known(found: list[Array], table: Index) -> Array:
    contrasts = np.array(found).reshape(len(found), table.max(initial=-1) + 1)
    return np.asarray(contrasts[(contrasts != 0).any(axis=1)])


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
