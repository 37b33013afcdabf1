"""Is a run of one cell better than a run of another? Only the ranks count, so a diverged run is just the worst."""

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import stdtrit

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.rank_sums import Method, rank_sum_test
from evenkeel.statistics.values import Value

NEAR = 1e-9


@result
class Improvement:
    probability: Value = about(
        "Probability that a run of a is better than a run of b. Ties count half (Mann-Whitney U / nm)."
    )
    low: Value = about("Lower end of the 95 % interval of the probability (Newcombe 2006, method 5).")
    high: Value = about("Upper end of that interval.")
    p: Value = about("p of the Mann-Whitney test, two-sided. It allows for ties.")
    p_holm: Value = about("p after Holm's correction over the comparisons. It decides whether there is a difference.")
    smallest_p: Value = about("The smallest p that these numbers of runs, with the ties among them, can give.")
    smallest_p_holm: Value = about(
        "The smallest p_holm that all the comparisons can give. Above `level`, the seeds are too few for that."
    )
    method: Method | None = about(
        "How p was found: exact (up to 200 runs), or permutation (from 9,999 random permutations of the runs)."
    )


def probability_of_improvement(a: Array, b: Array, higher_is_better: bool) -> Improvement:
    """The probability that a random run of a is better than a random run of b.

    It is U / nm, and ties count half (Mann and Whitney 1947). `p_holm` and `smallest_p_holm` stay None: they need all
    comparisons.

    Args:
        a: (n,), final values. They may be infinite.
        b: (m,), final values. They may be infinite.
    """
    n, m = len(a), len(b)
    if not n or not m:
        return Improvement(None, None, None, None, None, None, None, None)
    ranks = stats.rankdata(np.concatenate([a, b]) if higher_is_better else -np.concatenate([a, b]))
    probability = float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))
    low, high = _newcombe(probability, n, m)
    test = rank_sum_test(ranks, n)
    return Improvement(
        probability,
        low,
        high,
        p=test.p,
        p_holm=None,
        smallest_p=test.smallest_p,
        smallest_p_holm=None,
        method=test.method,
    )


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
