"""Orders of the runs for permutation tests: which runs change places, and with which others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from evenkeel.factors.numbering import Index, numbered
from evenkeel.factors.seeds import Places, exchangeable


def with_enough_arrangements(places: Places, level: float) -> Places:
    """The same places, but with all seeds different if pairing by seed leaves no arrangement with a p at this level.

    If runs of one seed resemble each other, the difference of two cells of a block varies less than that of
    independent runs. The test of independent runs then claims too little rather than too much.
    """
    return places if places.smallest_p <= level else replace(places, seed=np.arange(len(places.seed)))


@dataclass(frozen=True)
class Shuffling:
    """How the runs of a test change places.

    Attributes:
        group: (num_drawn,), see `shuffle`, for the runs whose places are drawn.
        drawn: (num_drawn,), these runs; None for all.
        copies: (some runs, others that are shuffled in the same way).
    """

    group: Index
    drawn: Index | None = None
    copies: Sequence[tuple[Index, Index]] = ()

    @classmethod
    def together(cls, places: Places) -> "Shuffling":
        """The blocks of a cluster are shuffled in the same way if they have the same levels and seeds.

        Then the test is exact although the blocks of a cluster depend on each other.
        """
        drawn = np.full(len(places.block), True)
        copies: list[tuple[Index, Index]] = []
        if not np.array_equal(numbered(places.cluster), numbered(places.block)):
            whole = np.lexsort((places.seed, places.level, places.block, places.cluster))
            kind = np.column_stack([places.level, places.seed])
            for inside in np.split(whole, np.flatnonzero(np.diff(places.cluster[whole])) + 1):
                first, *others = np.split(inside, np.flatnonzero(np.diff(places.block[inside])) + 1)
                for other in others:
                    if np.array_equal(kind[first], kind[other]):
                        drawn[other] = False
                        copies.append((first, other))
        own = np.flatnonzero(drawn)
        return cls(exchangeable(places.rows(own)), own, copies)

    def draw(self, rng: np.random.Generator, permutations: int) -> Index:
        """(permutations + 1, num_runs), orders of the runs. The first row is the order as it is."""
        found = shuffle(self.group, rng, permutations)
        if self.drawn is None or not self.copies:
            return found
        num_runs = len(self.drawn) + sum(len(other) for _, other in self.copies)
        order = np.tile(np.arange(num_runs), (permutations + 1, 1))
        order[:, self.drawn] = self.drawn[found]
        place = np.zeros(num_runs, np.int64)
        for first, other in self.copies:
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
