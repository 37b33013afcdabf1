"""Orders of the runs for permutation tests: which runs change places, and with which others."""

from dataclasses import replace

import numpy as np

from evenkeel.factors.numbering import Index
from evenkeel.factors.seeds import Places, exchangeable, num_arrangements


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
