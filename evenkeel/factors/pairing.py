"""Whether runs are paired by seed. Pairing gains power if the runs of a seed resemble each other, else it costs some.

A pair of runs has half the degrees of freedom of two independent runs. So seeds are paired if the data show that runs
of one seed resemble each other, or differ more than runs of two seeds do. Otherwise the runs count as independent. If
the runs of a seed resemble each other a little, this claims too little rather than too much.

With hundreds of pairs, twice as many degrees of freedom gain nothing. Such runs are paired in any case.
"""

from dataclasses import replace

import numpy as np
import scipy

from evenkeel.factors.numbering import Index, numbered
from evenkeel.factors.seeds import Places, num_different
from evenkeel.statistics.curves import Array

# Levels of the two F tests. To miss that runs of a seed resemble each other costs power only.
RESEMBLE = 0.1
DIFFER = 0.05
MANY = 400  # degrees of freedom of the pairs


def paired_if_dependent(values: Array, places: Places) -> Places:
    """The same places, but with all seeds different if nothing shows that runs of one seed depend on each other.

    Blocks that depend on each other (see `evenkeel.factors.seeds.together`) stay paired in any case.

    Args:
        values: (num_runs,).
    """
    independent = np.array_equal(numbered(places.cluster), numbered(places.block))
    if not independent or _dependent(values, places):
        return places
    return replace(places, seed=np.arange(len(places.seed)))


def _dependent(values: Array, places: Places) -> bool:
    """Whether there are many pairs, or one of two F tests says so: does a seed's mean over the cells of a block vary
    more, or less, than the rest of its runs?

    The seeds that all cells of a block have are counted. What is tested is the residual from the mean of the cell.
    """
    pair, block = numbered(places.block, places.seed), numbered(places.block)
    cells = num_different(places.cell, block)[block]
    kept = (np.bincount(pair)[pair] == cells) & (cells > 1) if len(pair) else pair.astype(bool)
    some = places.rows(kept)
    if not kept.any():
        return False
    pair, cell, block = numbered(some.block, some.seed), some.cell, numbered(some.block)
    residuals = values[kept] - _mean_of(values[kept], cell)
    common = _mean_of(residuals, pair)
    num_pairs, num_cells, num_blocks = (int(each.max()) + 1 for each in (pair, cell, block))
    between, within = num_pairs - num_blocks, len(pair) - num_pairs - (num_cells - num_blocks)
    if between < 1 or within < 1:
        return False
    if between >= MANY:
        return True
    squares = float(np.sum(common**2)) / between, float(np.sum((residuals - common) ** 2)) / within
    if squares[1] <= 1e-12 * squares[0]:
        return squares[0] > 0
    ratio = squares[0] / squares[1]
    f = scipy.stats.f(between, within)
    return bool(f.sf(ratio) <= RESEMBLE or f.cdf(ratio) <= DIFFER)


def _mean_of(values: Array, group: Index) -> Array:
    """(num_values,): the mean of the group of each value."""
    return np.asarray((np.bincount(group, values) / np.bincount(group))[group])
