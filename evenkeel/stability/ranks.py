"""Is a run of one cell better than one of another? By ranks alone, so that a diverged run is just the worst."""

import math
from itertools import combinations

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import stdtrit

from evenkeel.result import about, result
from evenkeel.stability.curves import Array
from evenkeel.stability.values import Value

ENUMERATE = 20_000  # arrangements of runs that are gone through one by one
NEAR = 1e-9


@result
class Improvement:
    probability: Value = about("That a run of a is better than one of b, ties half (Mann-Whitney U / nm).")
    low: Value = about("95 % interval (Newcombe 2006, method 5).")
    high: Value = about("Its upper end.")
    p: Value = about("Exact Mann-Whitney, two-sided.")
    p_holm: Value = about("After Holm over the comparisons.")
    smallest_p: Value = about("The smallest p that so many runs can give.")


def probability_of_improvement(a: Array, b: Array, higher_is_better: bool) -> Improvement:
    """P(a random run of a is better than one of b) = U / nm, ties half (Mann and Whitney 1947). p_holm is left open."""
    n, m = len(a), len(b)
    if not n or not m:
        return Improvement(None, None, None, None, None, None)
    ranks = stats.rankdata(np.concatenate([a, b]) if higher_is_better else -np.concatenate([a, b]))
    probability = float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))
    low, high = _newcombe(probability, n, m)
    smallest = min(1.0, 2 / math.comb(n + m, n))
    return Improvement(probability, low, high, p=_rank_p(ranks, n), p_holm=None, smallest_p=smallest)


def _newcombe(theta: float, n: int, m: int) -> tuple[float | None, float | None]:
    """95 % interval of U / nm: Newcombe (2006), Statistics in Medicine 25:559-573, method 5. The ends solve

    |theta - x| = t sqrt(x (1 - x) / (nm) (1 + k ((1 - x) / (2 - x) + x / (1 + x)))), k = (n + m) / 2 - 1.

    t is Student's with n + m - 2 degrees of freedom where he has the normal's 1.96, which at 3 against 3 leaves out
    1/2 where no test can.
    """
    if n + m < 3:
        return None, None
    t = float(stdtrit(n + m - 2, 0.975))

    def excess(x: float) -> float:
        k = (n + m) / 2 - 1
        variance = x * (1 - x) / (n * m) * (1 + k * ((1 - x) / (2 - x) + x / (1 + x)))
        return (theta - x) ** 2 - t**2 * variance

    # Just beside theta it is negative, also where theta is 0 or 1 and the variance there nothing.
    low = 0.0 if theta == 0 else float(brentq(excess, 0.0, theta - NEAR))
    high = 1.0 if theta == 1 else float(brentq(excess, theta + NEAR, 1.0))
    return low, high


def _rank_p(ranks: Array, n: int) -> float:
    """Two-sided, of the sum of the first n of (mid)ranks: over all arrangements while they are few, else asymptotic."""
    a, b = ranks[:n], ranks[n:]
    if len(np.unique(ranks)) == len(ranks):
        return float(stats.mannwhitneyu(a, b, method="exact" if len(ranks) <= 60 else "asymptotic").pvalue)
    if len(np.unique(ranks)) == 1:
        return 1.0
    if math.comb(len(ranks), n) <= ENUMERATE:
        sums = np.array(list(combinations(ranks, n))).sum(axis=1)
        middle = n * (len(ranks) + 1) / 2
        return float(np.mean(np.abs(sums - middle) >= abs(a.sum() - middle) - 1e-9))
    return float(stats.mannwhitneyu(a, b, method="asymptotic").pvalue)
