"""The smallest effect that a design finds with a probability of 80 %, for tests that have no formula for it."""

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, hypergeom

from evenkeel.statistics.curves import Array
from evenkeel.statistics.noisy_ranks import POWER
from evenkeel.statistics.spreads import ratio_limits

DRAWS = 2_000


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
    other = binom.pmf(np.arange(m + 1), m, rate)

    def excess(rise: float) -> float:
        return float(binom.pmf(np.arange(n + 1), n, rate + rise) @ found @ other) - POWER

    return float(brentq(excess, 0.0, 1 - rate)) if excess(1 - rate) >= 0 and rate < 1 else None


@lru_cache(maxsize=64)
def _fisher_rejects(n: int, m: int, level: float) -> Array:
    """(n + 1, m + 1), 1 where Fisher's exact test of so many bad runs rejects, with more of the n runs being bad."""
    rejects = np.zeros((n + 1, m + 1))
    for total in range(n + m + 1):
        k = np.arange(max(0, total - m), min(n, total) + 1)
        chances = hypergeom.pmf(k, n + m, n, total)
        ordered = np.sort(chances)
        p = ordered.cumsum()[np.searchsorted(ordered, chances * (1 + 1e-7), side="right") - 1]
        rejects[k, total - k] = (p <= level) & (k * m > (total - k) * n)
    return rejects
