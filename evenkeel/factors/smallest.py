"""The smallest effect of a factor that a design would show in four of five studies, given the noise of its runs.

"No effect could be shown" says little without it. A test at level a with power 1 - b finds an effect of about
(t(1 - a / 2) + t(1 - b)) standard errors. The level is that of the first step of Holm's correction over the factors
and, if a factor has several levels, over the comparisons of one level with the others.
"""

import numpy as np
import scipy
from scipy.special import nctdtrinc, ndtri, stdtrit

from evenkeel.factors.numbering import Index
from evenkeel.factors.seeds import Places
from evenkeel.factors.studentised import standard_errors
from evenkeel.factors.study import Study
from evenkeel.statistics.curves import Array
from evenkeel.statistics.noisy_ranks import POWER


def level_of(study: Study, factor: int) -> float:
    """The level at which a pair of levels of this factor is tested."""
    return study.level / len(study.grid.names) / (study.grid.sizes[factor] - 1)


def can_be_shown(places: Places, level: float) -> bool:
    """Whether these runs have enough arrangements for a permutation test to reach the level at all."""
    return places.smallest_p <= level


def smallest_difference(values: Array, cell: Index, places: Places, ways: Array, level: float) -> float | None:
    """The difference of means of a contrast that is found with a probability of 80 %, on average over the contrasts.

    Args:
        values: (num_runs,).
        cell: (num_runs,), the number of each run's cell.
        places: Where the runs stand in the test.
        ways: (num_contrasts, num_cells), the coefficients of the contrasts.
    """
    _, errors, dfs = standard_errors(values, cell, places.cluster, places.seed, ways)
    if np.isnan(errors).any():
        return None
    return float(np.mean(errors * nctdtrinc(dfs, 1 - POWER, stdtrit(dfs, 1 - level / 2))))


def smallest_ratio(errors: Array, level: float) -> float:
    """The same for a ratio of spreads. errors: (num_contrasts,), the standard errors of its log.

    The permutation test finds a little less than the normal approximation says, so the log is a tenth larger.
    """
    return float(np.exp(1.1 * (ndtri(POWER) - ndtri(level / 2)) * errors.mean()))


def smallest_rise(rate: float, num_runs: Index, level: float) -> float | None:
    """The same for a rise of the rate of runs that diverged or collapsed.

    Args:
        rate: The rate of all runs, from which it rises.
        num_runs: (num_levels,), the number of runs of each level. The first level is compared with each other one.

    Returns:
        The higher rate minus the rate, by the normal approximation with a correction for counts. None if even a rate of
        1 is found less often.
    """
    few, first = int(num_runs[1:].min()), int(num_runs[0])
    needed, power = -float(ndtri(level / 2)), float(ndtri(POWER))

    def excess(rise: float) -> float:
        both = (rate * first + (rate + rise) * few) / (first + few)
        equal = (both * (1 - both) * (1 / first + 1 / few)) ** 0.5
        apart = (rate * (1 - rate) / first + (rate + rise) * (1 - rate - rise) / few) ** 0.5
        counts = (1 / first + 1 / few) / 2
        return float(rise - counts - needed * equal - power * apart)

    exists = rate < 1 and min(few, first) and excess(1 - rate) > 0
    return float(scipy.optimize.brentq(excess, 1e-9, 1 - rate)) if exists else None
