"""Is a run of one cell better than a run of another? Only the ranks count, so a diverged run is just the worst."""

from dataclasses import dataclass

import numpy as np
import scipy
from scipy.special import stdtrit

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.multiple import LEVEL
from evenkeel.statistics.noisy_ranks import noise_tail, smallest_shift
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
    p: Value = about(
        "p of the Mann-Whitney test, two-sided. It allows for ties, and for one cell that is noisier than the other."
    )
    p_holm: Value = about("p after Holm's correction over the comparisons. It decides whether there is a difference.")
    smallest_p: Value = about(
        "The smallest p that these numbers of runs can give, with the ties among them and with their noise."
    )
    smallest_p_holm: Value = about(
        "The smallest p_holm that all the comparisons can give. Above `level`, the seeds are too few for that."
    )
    method: Method | None = about(
        "How p was found: exact (up to 200 runs), permutation (from 9,999 random permutations of the runs), or noise "
        "(where that p is larger: from 9,999 random draws of cells that have the noise of these and are equally good)."
    )
    smallest_effect: Value = about(
        "The smallest difference, in the unit of the metric, that this test finds in four of five studies with so many "
        "runs and the noise of these, after Holm's correction. Null if it finds none, however large.",
        default=None,
    )


@dataclass(frozen=True)
class Noise:
    """The standard deviations of a and of b, over the runs that trained, both above 0."""

    a: float
    b: float


def probability_of_improvement(
    a: Array, b: Array, higher_is_better: bool, noise: Noise | None = None, level: float = LEVEL
) -> Improvement:
    """The probability that a random run of a is better than a random run of b.

    It is U / nm, and ties count half (Mann and Whitney 1947). `p_holm` and `smallest_p_holm` stay None: they need all
    comparisons. p is the larger of two: that of the exact test, which holds if both cells have one distribution, and
    that of `evenkeel.statistics.noisy_ranks`, which holds if they are equally good but one is noisier.

    Args:
        a: (n,), final values. They may be infinite.
        b: (m,), final values. They may be infinite.
        noise: None if it cannot be measured. Then there is only the exact test.
        level: p has to be at most this for a claim.
    """
    n, m = len(a), len(b)
    if not n or not m:
        return Improvement(None, None, None, None, None, None, None, None)
    ranks = scipy.stats.rankdata(np.concatenate([a, b]) if higher_is_better else -np.concatenate([a, b]))
    probability = float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))
    low, high = _newcombe(probability, n, m)
    test = rank_sum_test(ranks, n)
    tail = noise_tail(n, m, noise.a / noise.b) if noise else np.zeros(n * m + 1)
    p = max(test.p, float(tail[test.distance]))
    shift = smallest_shift(n, m, noise.a / noise.b, level) if noise else None
    return Improvement(
        probability,
        low,
        high,
        p=p,
        p_holm=None,
        smallest_p=max(test.smallest_p, float(tail[test.furthest])),
        smallest_p_holm=None,
        method=test.method if p == test.p else "noise",
        smallest_effect=shift * noise.b if noise and shift is not None else None,
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
    low = 0.0 if theta == 0 else float(scipy.optimize.brentq(excess, 0.0, theta - NEAR))
    high = 1.0 if theta == 1 else float(scipy.optimize.brentq(excess, theta + NEAR, 1.0))
    return low, high
