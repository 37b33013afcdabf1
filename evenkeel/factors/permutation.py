"""Permutation tests of factors within blocks. All runs of a block have the same levels of all other factors, and only
runs of the same block change places. Where the cells of a block share seeds, only the runs of one seed change places.

The test is exact if the factor has no effect in any block. The distributions may be of any kind, and one block may
spread ten times as wide as another. `evenkeel.factors.draws` says how many permutations are made, and
`evenkeel.factors.tables` makes those of large grids without gaps.
"""

import numpy as np

from evenkeel.factors.draws import is_large, num_permutations, p_of_draws
from evenkeel.factors.level_contrasts import fours, pairs_of_levels, tetrads, twos
from evenkeel.factors.numbering import Index, numbered
from evenkeel.factors.seeds import Places, exchangeable
from evenkeel.factors.shuffling import Shuffling, shuffle
from evenkeel.factors.spreads import Spreads, comparable
from evenkeel.factors.studentised import p_of_t, t_values
from evenkeel.factors.table_tests import p_of_contrasts, p_of_log_spreads
from evenkeel.factors.tables import layout_of
from evenkeel.statistics.curves import Array

__all__ = ["num_permutations", "p_of_interaction", "p_of_means", "p_of_spreads"]

MOST_LEVELS = 32  # of a table of spreads: its products grow with their square
PAIR, FOUR = np.array([1.0, -1.0]), np.array([1.0, -1.0, -1.0, 1.0])


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
    layout = layout_of(places) if is_large(len(values), permutations) else None
    if layout is not None:
        pairs = twos(layout.order.shape[2])
        return p_of_contrasts(values, values, layout, pairs, PAIR, rng, permutations, studentise)[0]
    contrasts = pairs_of_levels(places)
    if not len(contrasts):
        return None
    shuffling = Shuffling(exchangeable(places)) if studentise else Shuffling.together(places)
    centred, cell, dependent = _centred(values, places.block), places.cell, places.dependent

    def draw(number: int) -> list[Array]:
        order = shuffling.draw(rng, number)
        return [t_values(centred[order], cell, dependent, contrasts, studentise).max(axis=0)]

    return p_of_draws(draw, len(values), permutations)


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
    residuals = values - means[cell]
    layout = layout_of(places) if is_large(len(values), permutations) else None
    widths = [len(np.unique(factors[:, column])) for column in (0, 1)]
    if layout is not None and layout.order.shape[2] == widths[0] * widths[1]:
        p, most = p_of_contrasts(values, residuals, layout, fours(*widths), FOUR, rng, permutations)
    else:
        group, centred = exchangeable(places), _centred(values, places.block)
        most = int(np.argmax(t_values(centred[np.newaxis], cell, dependent, contrasts)))

        def draw(number: int) -> list[Array]:
            shuffled = residuals[shuffle(group, rng, number)]
            shuffled[0] = centred
            return [t_values(shuffled, cell, dependent, contrasts).max(axis=0)]

        p = p_of_draws(draw, len(values), permutations)
    df = (widths[0] - 1) * (widths[1] - 1)
    return max(p, min(1.0, df * p_of_t(values, cell, places.cluster, places.seed, contrasts[most])))


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
    layout = layout_of(places) if is_large(len(curves), permutations) else None
    if layout is not None and layout.order.shape[1] > 2 and layout.order.shape[2] <= MOST_LEVELS:
        return p_of_log_spreads(curves, layout, rng, permutations)
    kept = comparable(places)
    if not len(kept):
        return None
    some, own = places.rows(kept), curves[kept]
    shuffling, spreads = Shuffling.together(some), Spreads.of(some)

    def draw(number: int) -> list[Array]:
        return [spreads.statistic(own, shuffling.draw(rng, number))]

    return p_of_draws(draw, len(kept), permutations)


def _centred(values: Array, block: Index) -> Array:
    """The values minus the mean of their block, without which the sums would lose digits."""
    number = numbered(block)
    return np.asarray(values - (np.bincount(number, values) / np.bincount(number))[number])
