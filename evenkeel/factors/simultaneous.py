"""Intervals of the contrasts of a factor that hold all at once, as Dunnett's (1955) do for comparisons with one level.

The largest of five contrasts is the one that people read. An interval that covers 95 % for one contrast covers the
largest of five in about 83 % only.
"""

import numpy as np
from scipy.special import ndtr

from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import TAIL

DRAWS = 20_000


def tail_of_each(ways: Array, variances: Array) -> float:
    """What the interval of each contrast may leave out on each side, so that all of them hold in 95 %.

    The largest |z| of the contrasts has the distribution of the largest of normal values with the correlations of the
    contrasts (Hothorn, Bretz and Westfall 2008, Biometrical Journal 50:346-363). Its 95 % quantile is found from draws
    that are always the same. A contrast with few degrees of freedom keeps its own t distribution: only its tail is
    taken from here.

    Args:
        ways: (num_contrasts, num_cells), the coefficients of the contrasts.
        variances: (num_cells,), the variance of each cell's value, up to a factor.

    Returns:
        0.025 for a single contrast, and less for several.
    """
    if len(ways) == 1:
        return TAIL
    covariance = (ways * variances) @ ways.T
    scale = np.sqrt(np.diag(covariance))
    values = np.random.default_rng(0).multivariate_normal(
        np.zeros(len(ways)), covariance / np.outer(scale, scale), DRAWS, method="eigh"
    )
    return float(ndtr(-np.quantile(np.abs(values).max(axis=1), 1 - 2 * TAIL)))
