"""How many permutations a test makes, and the p that follows from them.

A small grid gets every permutation that is wanted. A large one would take minutes, so its permutations are made in
portions, and no more are made as soon as `ENOUGH` of them were as extreme as the observed order: p is then far from
any level at which something is claimed.
"""

from collections.abc import Callable, Iterable

import numpy as np

from evenkeel.statistics.curves import Array

WORK = 2_000_000  # largest number of runs x permutations, except that `FEWEST` permutations are always allowed
FEWEST = 999
PORTION = 1_000_000  # runs x permutations that are made at once in a large test: some 10 MB for each array
ENOUGH = 50

Draw = Callable[[int], Iterable[Array]]


def num_permutations(wanted: int, num_runs: int) -> int:
    """As many permutations as wanted, or fewer if the many runs would make the test slow."""
    return min(wanted, max(FEWEST, WORK // max(1, num_runs)))


def is_large(num_runs: int, permutations: int) -> bool:
    return num_runs * permutations > WORK


def p_of_draws(
    draw: Draw, num_runs: int, permutations: int, tolerance: float = 1e-9, large: bool | None = None
) -> float:
    """p = (b + 1) / (m + 1), where b of m permutations give a statistic as large as the observed one (Phipson and
    Smyth 2010). In a large test, p = h / l if the h-th such permutation is the l-th of all, for h = `ENOUGH` (Besag and
    Clifford 1991, Biometrika 78:301-304). Both are valid: P(p <= a) <= a if the factor has no effect.

    Args:
        draw: Takes a number of permutations. Returns their statistics in one or several arrays, each with the observed
            statistic first. An array is not asked for if the ones before it have decided p.
        num_runs: What a permutation costs.
        tolerance: Relative difference of two statistics that counts as rounding.
        large: Whether the test is large. By default the runs and permutations decide.
    """
    large = is_large(num_runs, permutations) if large is None else large
    portion = max(10, PORTION // max(1, num_runs)) if large else permutations
    as_large = made = 0
    while made < permutations:
        for found in draw(min(portion, permutations - made)):
            places = np.flatnonzero(found[1:] >= found[0] * (1 - tolerance) - 1e-300)
            if large and as_large + len(places) >= ENOUGH:
                return ENOUGH / float(made + places[ENOUGH - as_large - 1] + 1)
            as_large, made = as_large + len(places), made + len(found) - 1
    return (as_large + 1) / (permutations + 1)
