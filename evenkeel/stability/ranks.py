"""Is a run of one cell better than a run of another? Only the ranks count, so a diverged run is just the worst."""

import math
from itertools import combinations

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import stdtrit

from evenkeel.result import about, result
from evenkeel.stability.curves import Array
from evenkeel.stability.values import Value

ENUMERATE = 20_000  # the largest number of arrangements of runs that the test goes through one by one
NEAR = 1e-9


@result
class Improvement:
    probability: Value = about(
        "Probability that a run of a is better than a run of b. Ties count half (Mann-Whitney U / nm)."
    )
    low: Value = about("Lower end of the 95 % interval of the probability (Newcombe 2006, method 5).")
    high: Value = about("Upper end of that interval.")
    p: Value = about("p of the exact Mann-Whitney test, two-sided.")
    p_holm: Value = about("p after Holm's correction over the comparisons.")
    smallest_p: Value = about("The smallest p that these numbers of runs can give.")


def probability_of_improvement(a: Array, b: Array, higher_is_better: bool) -> Improvement:
    """The probability that a random run of a is better than a random run of b.

    It is U / nm, and ties count half (Mann and Whitney 1947). `p_holm` stays None: it needs all comparisons.

    Args:
        a: (n,), final values. They may be infinite.
        b: (m,), final values. They may be infinite.
    """
    n, m = len(a), len(b)
    if not n or not m:
        return Improvement(None, None, None, None, None, None)
    ranks = stats.rankdata(np.concatenate([a, b]) if higher_is_better else -np.concatenate([a, b]))
    probability = float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))
    low, high = _newcombe(probability, n, m)
    smallest = min(1.0, 2 / math.comb(n + m, n))
    return Improvement(probability, low, high, p=_rank_p(ranks, n), p_holm=None, smallest_p=smallest)


def _newcombe(theta: float, n: int, m: int) -> tuple[float | None, float | None]:
    """95 % interval of theta = U / nm (Newcombe 2006, Statistics in Medicine 25:559-573, method 5). The ends solve

    |theta - x| = t sqrt(x (1 - x) / (nm) (1 + k ((1 - x) / (2 - x) + x / (1 + x)))), k = (n + m) / 2 - 1.

    t is the quantile of Student's distribution with n + m - 2 degrees of freedom. Newcombe has 1.96, the quantile of
    the normal distribution. With 1.96 and 3 runs against 3, the interval can leave out 1/2, and no test can do that.
    """
    if n + m < 3:
        return None, None
    t = float(stdtrit(n + m - 2, 0.975))

    def excess(x: float) -> float:
        k = (n + m) / 2 - 1
        variance = x * (1 - x) / (n * m) * (1 + k * ((1 - x) / (2 - x) + x / (1 + x)))
        return (theta - x) ** 2 - t**2 * variance

    # Just beside theta `excess` is negative, even if theta is 0 or 1 and the variance at theta is 0.
    low = 0.0 if theta == 0 else float(brentq(excess, 0.0, theta - NEAR))
    high = 1.0 if theta == 1 else float(brentq(excess, theta + NEAR, 1.0))
    return low, high


def _rank_p(ranks: Array, n: int) -> float:
    """Two-sided p of the sum of the first n (mid)ranks. Exact for few arrangements, else asymptotic."""
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
