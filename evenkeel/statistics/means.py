"""How far are the means of two cells apart? Welch's test, which is for normal values."""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri, nctdtrinc, stdtr, stdtrit

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.multiple import LEVEL
from evenkeel.statistics.noisy_ranks import POWER
from evenkeel.statistics.spreads import bias_of_log
from evenkeel.statistics.values import Value, number

LARGEST = 1e75  # the fourth power of a much larger value would overflow
SURE = 0.9


@result
class MeanTest:
    difference: Value = about("Mean of a minus mean of b, over the final values of the survivors.")
    low: Value = about("Lower end of the 95 % interval of the difference (Welch).")
    high: Value = about("Upper end of that interval.")
    p: Value = about("p of Welch's t test.")
    p_holm: Value = about("p after Holm's correction over the comparisons.")
    smallest_effect: Value = about(
        "The smallest difference of means that this test finds in four of five studies with so many runs and the noise "
        "of these, after Holm's correction.",
        default=None,
    )


@dataclass(frozen=True)
class Difference:
    """A difference of two means, its standard error and its degrees of freedom."""

    estimate: float
    error: float
    df: float

    def limits(self, tail: float) -> tuple[float, float]:
        """The ends of the interval that leaves out `tail` on each side."""
        half = float(stdtrit(self.df, 1 - tail)) * self.error
        return self.estimate - half, self.estimate + half

    def p_of_further(self, margin: float) -> float:
        """Two one-sided tests (Schuirmann 1987): a small p shows that the means are less than `margin` apart."""
        return float(stdtr(self.df, (abs(self.estimate) - margin) / self.error))

    def smallest_effect(self, level: float) -> float:
        """The difference that a two-sided t test at this level finds with a probability of 80 %.

        The error is taken without the bias of its logarithm, which would make it too small for few runs.
        """
        return (
            self.error
            * float(np.exp(-bias_of_log(self.df)))
            * float(nctdtrinc(self.df, 1 - POWER, float(stdtrit(self.df, 1 - level / 2))))
        )


def mean_test(a: Array, b: Array, level: float = LEVEL) -> MeanTest:
    """Welch's t test (1947). `p_holm` stays None: it needs all comparisons."""
    if not len(a) or not len(b):
        return MeanTest(None, None, None, None, None)
    found = difference_of_means(a, b)
    if found is None:
        with np.errstate(over="ignore", invalid="ignore"):
            return MeanTest(number(float(a.mean() - b.mean())), None, None, None, None)
    low, high = found.limits(0.025)
    p = 2 * float(stdtr(found.df, -abs(found.estimate) / found.error))
    return MeanTest(found.estimate, low, high, p, None, found.smallest_effect(level))


def difference_of_means(a: Array, b: Array) -> Difference | None:
    """Mean of a minus mean of b, with Welch's error and the degrees of freedom of Satterthwaite (1946).

    df = (r + 1)^2 / (r^2 / (n - 1) + 1 / (m - 1)), where r is the squared error of a's mean over that of b's. If the
    smaller cell is noisier than it looks, df is too large, and 3 runs against 10 are said to differ too often. So where
    the numbers of runs differ, r is the upper end of its one-sided 90 % interval, seen from the smaller cell.

    This is our own code because `scipy.stats.ttest_ind`, which gives the same numbers for equal n, warns about a cell
    whose runs all end at the same value.

    Returns:
        None if a cell has fewer than two runs, if no cell has any noise, or if the values are too large.
    """
    n, m = len(a), len(b)
    if n < 2 or m < 2 or max(np.abs(a).max(), np.abs(b).max()) > LARGEST:
        return None
    own, other = float(a.var(ddof=1)) / n, float(b.var(ddof=1)) / m
    error = (own + other) ** 0.5
    if error <= 1e-12 * max(1.0, float(np.abs(np.concatenate([a, b])).max())):
        return None
    if n < m:
        own *= float(fdtri(m - 1, n - 1, SURE))
    elif m < n:
        other *= float(fdtri(n - 1, m - 1, SURE))
    df = (own + other) ** 2 / (own**2 / (n - 1) + other**2 / (m - 1))
    return Difference(float(a.mean() - b.mean()), error, df)
