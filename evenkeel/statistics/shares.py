"""95 % intervals of the mean and the std of shares, such as accuracies. They stay inside [0, 1]."""

from functools import cache, lru_cache

import numpy as np
from scipy.special import chdtri, expit, logit, ndtri, stdtr

from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import TAIL

WORLDS = 512
STRATA = 32
PLASTIC = 1.32471795724474602596  # the real solution of x^3 = x + 1
MOST_AT_AN_END = 0.25
SAME = 1e-6  # a smaller difference of two shares is rounding


def share_intervals(values: Array) -> tuple[float, float, float, float]:
    """Generalised confidence intervals (Weerahandi 1993) of the mean and the std of logit-normal values.

    The values y = log(x / (1 - x)) are taken as normal, with mean m and std s over n runs. Each of many worlds that may
    have given them has, with z standard normal and c chi-square with n - 1 degrees of freedom,

    sigma = s sqrt((n - 1) / c),   mu = m + z sigma / sqrt(n).

    The ends are quantiles over these worlds of the mean and the std of 1 / (1 + exp(-(mu + sigma Z))). For a log-normal
    mean this is the interval of Krishnamoorthy and Mathew (2003, J. Stat. Plan. Inference 115:103-121). Far from 0 and
    1 the intervals come close to Student's and the chi-square's.

    Where runs lie at exactly 0 or 1, nobody knows how far inside their true value is. The interval of the mean then
    reaches to that end. If more than a quarter of the runs lie at an end, the std has no interval: with the best guess
    its interval covers 76 % instead of 95 %.

    Args:
        values: (n,), at least two values in [0, 1], not all within `SAME`.

    Returns:
        The ends of the interval of the mean, and of that of the std (NaN if it has none).
    """
    y = logit(off_the_ends(values))
    shifts, scales = _worlds(len(y))
    sigma = y.std(ddof=1) * scales
    shares = expit((y.mean() + sigma * shifts)[:, np.newaxis] + sigma[:, np.newaxis] * _normal_strata())
    means = shares.mean(axis=1)
    stds = np.sqrt(np.maximum(np.einsum("ws,ws->w", shares, shares) / STRATA - means**2, 0))
    (mean_low, std_low), (mean_high, std_high) = np.quantile([means, stds], (TAIL, 1 - TAIL), axis=1)
    if at_an_end(values) > MOST_AT_AN_END:
        std_low = std_high = np.nan
    low = 0.0 if values.min() < SAME else float(mean_low)
    high = 1.0 if values.max() > 1 - SAME else float(mean_high)
    return low, high, float(std_low), float(std_high)


def p_of_lower_median(values: Array, bound: float) -> float:
    """p of the hypothesis that the median is `bound` or less: Student's test of log(x / (1 - x)), one-sided.

    It is exact for logit-normal values, of which the median is that of the normal value behind it. 1 - p is the p of
    the opposite hypothesis. If all runs are equal, they do not show how far the next may be. Then it is the p of the
    sign test, which only counts on which side of the bound the runs lie.

    Args:
        values: (n,), at least two values in [0, 1].
    """
    if np.ptp(values) < SAME:
        p = 0.5 ** len(values)
        return p if values[0] > bound else 1 - p
    y = logit(off_the_ends(values))
    t = (y.mean() - logit(bound)) / (y.std(ddof=1) / len(y) ** 0.5)
    return float(stdtr(len(y) - 1, -t))


def at_an_end(values: Array) -> float:
    """The share of the values that are exactly 0 or 1."""
    return float(np.mean((values < SAME) | (values > 1 - SAME)))


def off_the_ends(values: Array) -> Array:
    """The values, with 0 and 1 moved inside by half of the resolution, where their logit is finite.

    An accuracy over N examples has the resolution 1 / N. N is not known here, so the smallest distance between two of
    the values, 0 and 1 stands for it.

    Args:
        values: (n, ...). The columns are independent of each other.
    """
    ends = np.zeros_like(values[:1])
    distances = np.diff(np.sort(np.concatenate([values, ends, ends + 1]), axis=0), axis=0)
    resolution = np.where(distances >= SAME, distances, 0.5).min(axis=0)
    return np.clip(values, resolution / 2, 1 - resolution / 2)


@lru_cache(maxsize=512)
def _worlds(n: int) -> tuple[Array, Array]:
    """(WORLDS,) each: z / sqrt(n) and sqrt((n - 1) / c).

    The pairs cover the square of probabilities evenly: Roberts' sequence R2 (2018), from powers of the plastic number.
    Each z comes with both signs, so that 1 - x has the mirrored interval of x.
    """
    uniform = (0.5 + np.arange(1, WORLDS // 2 + 1)[:, np.newaxis] / PLASTIC ** np.arange(1, 3)) % 1
    z, scales = ndtri(uniform[:, 0]), np.sqrt((n - 1) / chdtri(n - 1, uniform[:, 1]))
    return np.concatenate([z, -z]) / np.sqrt(n), np.concatenate([scales, scales])


@cache
def _normal_strata() -> Array:
    """(STRATA,): the middles of strata of the normal distribution that have the same probability."""
    return np.asarray(ndtri((np.arange(STRATA) + 0.5) / STRATA))
