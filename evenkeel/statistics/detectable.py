"""The smallest effect that a design finds with a probability of 80 %, for tests that have no formula for it."""

from functools import lru_cache

import numpy as np
import scipy
from scipy.special import comb, ndtr, ndtri, owens_t

from evenkeel.statistics.curves import Array
from evenkeel.statistics.keeping import keep
from evenkeel.statistics.noisy_ranks import POWER
from evenkeel.statistics.rank_sums import SMALL, exact_tail
from evenkeel.statistics.spreads import ratio_limits

DRAWS = 2_000
DRAWN = 10  # runs of a cell; with more of them a formula is good enough
SHIFT_DRAWS = 20_000


def smallest_p(n: int) -> float:
    """The smallest p that the exact rank test of n runs against n runs can give."""
    return float(2 / comb(2 * n, n))


@lru_cache(maxsize=256)
def smallest_difference(n: int, level: float) -> float | None:
    """The difference of two cells that the exact rank test finds with a probability of 80 %, in standard deviations.

    The values of both cells are normal and spread alike. In each draw, the runs of a pass those of b in enough pairs as
    soon as the difference reaches an order statistic of the differences of pairs. The result is the 80 % quantile of
    this order statistic. For more than `DRAWN` runs, U is taken for normal instead, with the mean and the variance that
    it has for this difference (Lehmann 1975, Nonparametrics, 2.3).

    Args:
        n: Number of runs of each cell.
        level: p has to be at most this.

    Returns:
        None if the test finds no difference, however large.
    """
    if n < 1 or smallest_p(n) > level:
        return None
    # |2 U - n^2| has to be at least this. The normal approximation is the one of `exact_tail`.
    if 2 * n > SMALL:
        enough = -float(ndtri(level / 2)) * (n * n * (2 * n + 1) / 3) ** 0.5
    else:
        enough = float(np.flatnonzero(exact_tail(n, n) <= level)[0])
    if n > DRAWN:
        return float(scipy.optimize.brentq(lambda shift: _power(n, shift, enough) - POWER, 0.0, 10.0))
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(SHIFT_DRAWS, n)), rng.normal(size=(SHIFT_DRAWS, n))
    pairs = np.sort((b[:, np.newaxis] - a[:, :, np.newaxis]).reshape(SHIFT_DRAWS, -1), axis=1)
    return float(np.quantile(pairs[:, (n * n + int(enough) + 1) // 2 - 1], POWER))


def _power(n: int, shift: float, enough: float) -> float:
    """The probability that 2 U - n^2 is at least `enough`, if a is so many standard deviations better than b."""
    better = float(ndtr(shift / 2**0.5))  # of a run of a than one of b
    both = better - 2 * float(owens_t(shift / 2**0.5, 3**-0.5))  # of a run of a than two of b
    variance = n * n * (better * (1 - better) + 2 * (n - 1) * (both - better**2))
    return float(ndtr((n * n * better - (n * n + enough - 1) / 2) / variance**0.5))


@lru_cache(maxsize=256)
def smallest_ratio(n: int, m: int, level: float) -> float | None:
    """The ratio of spreads that the Brown-Forsythe test finds with a probability of 80 %, for normal values.

    If a spreads r times as wide as in a draw, the test rejects equality as soon as r is above 1 / (lower limit of the
    ratio in this draw). So the 80 % quantile of that is the answer. It is the larger one of both directions.

    Args:
        n: Number of runs of a that trained.
        m: Number of runs of b that trained.
        level: p has to be at most this.
    """
    if n < 2 or m < 2:
        return None
    rng = np.random.default_rng(0)
    low, high = ratio_limits(rng.normal(size=(DRAWS, n)), rng.normal(size=(DRAWS, m)), level / 2)
    with np.errstate(divide="ignore"):
        needed = np.array([1 / low, high])
    # Infinity cannot be interpolated.
    found = float(np.quantile(needed, POWER, axis=1, method="higher").max())
    return found if np.isfinite(found) else None


@lru_cache(maxsize=256)
def smallest_rise(n: int, m: int, bad: int, level: float) -> float | None:
    """The rise of the rate of bad runs that Fisher's exact test finds with a probability of 80 %.

    Args:
        n: Number of runs of the cell with the higher rate.
        m: Number of runs of the other cell.
        bad: How many of the m runs are bad. Their share is taken for the lower rate.
        level: p has to be at most this.

    Returns:
        The higher rate minus the lower one. None if even a rate of 1 is found less often.
    """
    rate = bad / m
    found = _fisher_rejects(n, m, level)
    other = scipy.stats.binom.pmf(np.arange(m + 1), m, rate)

    def excess(rise: float) -> float:
        return float(scipy.stats.binom.pmf(np.arange(n + 1), n, rate + rise) @ found @ other) - POWER

    return float(scipy.optimize.brentq(excess, 0.0, 1 - rate)) if excess(1 - rate) >= 0 and rate < 1 else None


@keep
def _fisher_rejects(n: int, m: int, level: float) -> Array:
    """(n + 1, m + 1), 1 where Fisher's exact test of so many bad runs rejects, with more of the n runs being bad."""
    rejects = np.zeros((n + 1, m + 1))
    for total in range(n + m + 1):
        k = np.arange(max(0, total - m), min(n, total) + 1)
        chances = scipy.stats.hypergeom.pmf(k, n + m, n, total)
        ordered = np.sort(chances)
        p = ordered.cumsum()[np.searchsorted(ordered, chances * (1 + 1e-7), side="right") - 1]
        rejects[k, total - k] = (p <= level) & (k * m > (total - k) * n)
    return rejects
