"""How many seeds make Clopper and Pearson's interval of a rate narrow enough with a probability of 80 %."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv

from evenkeel.statistics.assurance import ASSURANCE, MOST, Needed
from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import rate_interval

RATES = 200  # as many stand for all the rates that the runs so far allow
BACK = 64

Counts = NDArray[np.int64]


def seeds_for_rate(half_width: float, few: int, many: int) -> Needed:
    """The smallest numbers of seeds whose interval is narrow enough with a probability of 80 %.

    There are few + many runs now. The number of runs of the rarer kind, K, grows by a binomial number. `Needed.n`
    allows for every rate that the runs so far allow (see `_rates`). `Needed.at_worst` assumes 1/2, which takes the most
    seeds.

    Args:
        few: Number of runs of the rarer kind: those that diverged or collapsed, or the others.
        many: Number of the remaining runs, at least as many as `few`, and at least 1.
    """
    if rate_half_width(np.array(few), np.array(few + many)) <= half_width:
        return Needed(few + many, few + many, few + many)
    found = [
        _smallest(half_width, few, many, rates)
        for rates in (_rates(few, few + many), np.array([few / (few + many)]), np.array([0.5]))
    ]
    return Needed(*found)


def _rates(few: int, runs: int) -> Array:
    """(RATES,): equally likely rates of one kind or the other, whichever is rarer, after `few` of `runs`.

    The share of them above q is P(K <= few) + P(K >= runs - few) at rate q, the p value of q. So their quantiles are
    upper confidence limits, like Clopper and Pearson's, but two-sided.
    """
    rates = np.minimum(betaincinv(few + 1, runs - few, np.linspace(0, 1, 2001)), 0.5)
    below = 1 - bdtr(few, runs, rates) - bdtr(few, runs, 1 - rates)
    quantiles = np.interp((np.arange(RATES) + 0.5) / RATES, np.maximum(below, 0), rates, right=0.5)
    return np.asarray(quantiles)


def rate_half_width(k: Counts, n: Counts) -> Array:
    low, high = rate_interval(k, n)
    return np.asarray((high - low) / 2)


def _smallest(half_width: float, few: int, many: int, rates: Array) -> int | None:
    """The smallest n above few + many with a chance of 80 %.

    With n seeds the interval is narrow enough if K <= c or n - K <= c. As long as c stays the same, the chance of that
    falls with n. So the smallest n is the first one with its c, for some c. We look for this c by bisection. The chance
    does not quite rise with c, since n is a whole number, so the last 64 values before it are tried too.
    """

    def enough(c: int) -> bool:
        n = _first(np.array([c]), half_width, few + many + 1)
        return bool(n[0] > MOST or _chance(np.array([c]), n, few, many, rates)[0] >= ASSURANCE)

    low, high = -1, MOST
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    tried = np.arange(max(0, high - BACK), high + 1)
    n = _first(tried, half_width, few + many + 1)
    reached = n[(_chance(tried, n, few, many, rates) >= ASSURANCE) & (n <= MOST)]
    return int(reached.min()) if len(reached) else None


def _first(c: Counts, half_width: float, at_least: int) -> Counts:
    """(len(c),): the first n of at least 2c and `at_least` at which c of n has a narrow interval; over MOST if none."""
    low = np.maximum(2 * c, at_least) - 1
    high = np.maximum(low + 1, MOST + 1)
    while np.any(high - low > 1):
        middle = np.where(high - low > 1, (low + high) // 2, high)
        wide = rate_half_width(c, middle) > half_width
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    return np.asarray(high)


def _chance(c: Counts, n: Counts, few: int, many: int, rates: Array) -> Array:
    """(len(c),): the probability that at most c of n runs are of one kind or of the other, over the rates."""
    more = (n - few - many)[:, np.newaxis]
    rarer, other = ((c - there)[:, np.newaxis] for there in (few, many))
    chance = (_at_most(rarer, more, rates) + _at_most(other, more, 1 - rates)).mean(axis=1)
    return np.where(2 * c + 1 >= n, 1.0, chance)


def _at_most(k: Counts, n: Counts, rate: Array) -> Array:
    return np.where(k < 0, 0.0, bdtr(np.clip(k, 0, n), n, rate))
