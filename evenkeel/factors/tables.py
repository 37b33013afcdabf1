"""Permutation tests of large grids in which every cell has the same seeds.

The runs are a table of blocks x seeds x levels, and the runs of one block and seed change places between the levels.
A grid of 1,000 cells has thousands of such groups, and far fewer permutations of them tell as much. So blocks are
bundled: those of a bundle change places in the same way, and their values are added up. A test within a group of
permutations is as exact as one over all of them, and a bundle's seeds are still independent of each other. With
`UNITS` bundles x seeds, t has so many degrees of freedom that more would hardly add power.

Each permutation turns the levels of a bundle and seed by a random step, along an order of the levels that is drawn
once. All levels are as likely to come to each place, and no permutation has to be drawn level by level.
"""

from dataclasses import dataclass

import numpy as np

from evenkeel.factors.numbering import Index, group_sums, numbered
from evenkeel.factors.seeds import Places
from evenkeel.statistics.curves import Array

UNITS = 200  # bundles x seeds, at least, if there are so many blocks x seeds


@dataclass(frozen=True)
class Layout:
    """Where the runs of a complete table stand.

    Attributes:
        order: (num_blocks, num_seeds, num_levels), the index of each run.
        bundle: (num_blocks,), the bundle of each block.
    """

    order: Index
    bundle: Index

    @property
    def units(self) -> int:
        """How many groups of runs change places independently of each other."""
        return (int(self.bundle.max()) + 1) * int(self.order.shape[1])


def layout_of(places: Places) -> Layout | None:
    """The table of the runs; None if a block lacks a level, or a cell lacks a seed or has it twice."""
    block, seed, level = numbered(places.block), numbered(places.seed), numbered(places.level)
    shape = (int(block.max()) + 1, int(seed.max()) + 1, int(level.max()) + 1)
    if np.prod(shape) != len(block) or min(shape[1:]) < 2:
        return None
    order = np.full(len(block), -1)
    order[np.ravel_multi_index((block, seed, level), shape)] = np.arange(len(block))
    if order.min() < 0:
        return None
    table = order.reshape(shape)
    cluster = numbered(places.cluster[table[:, 0, 0]])
    return Layout(table, cluster % -(-UNITS // shape[1]))


def bundled(values: Array, layout: Layout) -> Array:
    """(num_bundles, num_seeds, num_levels), each run's share in the mean over the blocks, added up over a bundle.

    The mean of each bundle and seed is 0: it is the same in every permutation, and would cost digits.

    Args:
        values: (num_runs,).
    """
    table = values[layout.order]
    table = table - table.mean(axis=2, keepdims=True)
    sums = group_sums(table.reshape(len(table), -1), layout.bundle)
    return np.asarray(sums.reshape(-1, *table.shape[1:]) / len(table))


@dataclass(frozen=True)
class Turns:
    """Permutations that turn the levels of each unit.

    Attributes:
        whose: (num_units x num_levels, num_levels), whose value comes to each level of a unit after each of the steps.
        num_units: How many groups of runs change places independently of each other.
    """

    whose: Index
    num_units: int

    @classmethod
    def of(cls, num_units: int, num_levels: int, rng: np.random.Generator) -> "Turns":
        whose = rng.permuted(np.tile(np.arange(num_levels), (num_units, 1)), axis=1)
        place = np.argsort(whose, axis=1)
        steps = np.arange(num_levels)[:, np.newaxis]
        turned = (place[:, np.newaxis, :] + steps) % num_levels
        found = np.take_along_axis(whose[:, np.newaxis, :], turned, axis=2)
        return cls(found.reshape(-1, num_levels), num_units)

    def draw(self, permutations: int, rng: np.random.Generator) -> Index:
        """(permutations + 1, num_units), rows of `whose`. The first permutation leaves all as it is."""
        num_levels = self.whose.shape[1]
        steps = rng.integers(0, num_levels, (permutations + 1, self.num_units))
        steps[0] = 0
        return np.asarray(steps + num_levels * np.arange(self.num_units))

    def turned(self, units: Array) -> Array:
        """(num_units x num_levels, num_levels), the values after each of the steps. units: (num_units, num_levels)."""
        return np.take_along_axis(np.repeat(units, self.whose.shape[1], axis=0), self.whose, axis=1)
