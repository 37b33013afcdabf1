"""How much work a question about effects is, before any run is read."""

from collections.abc import Sequence
from itertools import combinations
from math import prod

from evenkeel.factors.draws import FEWEST, WORK, num_permutations
from evenkeel.factors.factorial import HIGHEST_ORDER

# Seconds of one core (EPYC, 2.5 GHz), measured over 1,000 cells with 20 seeds of 20 epochs.
READ = 5e-5  # a run
PLACE = 1.7e-6  # a run in a test
MOVE = 3e-8  # a run in a permutation
FULL = 0.02  # a test of a large grid without gaps, whose permutations are of bundles
SPREAD = 4e-9  # an epoch of a run in a permutation of a grid with gaps
SOLVE = 3e-9  # a cubed column of the factorial model


def work_of(
    sizes: Sequence[int], num_runs: int, num_epochs: int = 50, gaps: bool = False, permutations: int = 9999
) -> float:
    """About how many seconds `which_mattered` takes on one core, reading included. It is right to a factor of three.

    Args:
        sizes: How many levels each factor has that has two or more.
        num_runs: Number of finished runs.
        num_epochs: Number of epochs of a run.
        gaps: Whether cells lack runs that others have, or runs diverged or collapsed. Large grids then take longer.
        permutations: How many permutations a test may make.
    """
    made = num_permutations(permutations, num_runs)
    contrasts = sum(size - 1 for size in sizes if size > 2)
    pairs = len(sizes) * (len(sizes) - 1) // 2
    tests = 3 * (len(sizes) + contrasts) + pairs + contrasts
    columns = sum(
        prod(size - 1 for size in some)
        for order in range(min(len(sizes), HIGHEST_ORDER) + 1)
        for some in combinations(sizes, order)
    )
    large = num_runs * made > WORK
    seconds = READ * num_runs + tests * (PLACE * num_runs + (FULL if large else MOVE * num_runs * made))
    if gaps and large:
        # A test ends early if p is clear: a third of the permutations are made.
        seconds += (len(sizes) + contrasts) * SPREAD * num_runs * num_epochs * FEWEST / 3
    return seconds + SOLVE * float(min(columns, num_runs)) ** 3
