"""Does one cell spread more than another, or at most so many times as much? Tests that hold for values of any shape."""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, stdtr, stdtrit

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.values import Value


@result
class SpreadTest:
    ratio: Value = about(
        "Standard deviation of a divided by that of b, over the final values of the runs that trained. It is corrected "
        "for the bias of the logarithm where the numbers of runs differ."
    )
    p: Value = about("p of the Brown-Forsythe test, two-sided.")
    p_holm: Value = about("p after Holm's correction over the comparisons.")
    low: Value = about("Lower end of the 95 % interval of the ratio: where this test has p = 0.05.", default=None)
    high: Value = about("Upper end of that interval; null if it has none.", default=None)
    smallest_effect: Value = about(
        "The smallest ratio of spreads that this test finds in four of five studies with so many runs, for normal "
        "values, after Holm's correction. Null if it finds none, however large.",
        default=None,
    )


@dataclass(frozen=True)
class Deviations:
    """How far the runs of a cell lie from their median, in one sample or in several.

    Attributes:
        mean: (...,), the mean deviation of each sample.
        squares: (...,), the sum of squares around it; 0 if it is only rounding.
        n: The number of deviations.
        spare: Degrees of freedom that an even number of runs takes.
    """

    mean: Array
    squares: Array
    n: int
    spare: float

    @classmethod
    def of(cls, values: Array, whole: bool) -> "Deviations":
        """The absolute deviations of (..., n) values.

        With an odd n one of them is 0 by construction, and with an even n the two smallest are equal. If not `whole`,
        the 0 is left out, and the pair d, d becomes one sqrt(2) d (Hines and Hines 2000, Biometrics 56:451-454).
        """
        found = np.sort(np.abs(values - np.median(values, axis=-1, keepdims=True)), axis=-1)
        even = values.shape[-1] % 2 == 0
        if not whole:
            found[..., 1] *= 2**0.5 if even else 1.0
            found = found[..., 1:]
        mean = found.mean(axis=-1)
        squares = np.sum((found - mean[..., np.newaxis]) ** 2, axis=-1)
        rounding = 1e-24 * np.maximum(1.0, found.max(axis=-1) ** 2)
        spare = (1.0 if whole else 0.5) if even else 0.0
        return cls(mean, np.where(squares > rounding, squares, 0.0), found.shape[-1], spare)


def spread_ratio(a: Array, b: Array) -> float | None:
    """std a / std b, both with ddof 1 and with the bias of their logarithms taken out. None if b has no spread.

    For normal values, the mean of log s is below log sigma by `bias_of_log`.
    """
    if len(a) < 2 or len(b) < 2 or not b.std() > 0:
        return None
    bias = bias_of_log(len(a) - 1) - bias_of_log(len(b) - 1)
    return float(a.std(ddof=1) / b.std(ddof=1) * np.exp(-bias))


def bias_of_log(df: float) -> float:
    """E[log s] - log sigma for normal values: (psi(df / 2) - log(df / 2)) / 2 (Bartlett and Kendall 1946)."""
    return float(digamma(df / 2) - np.log(df / 2)) / 2


def p_of_spread(a: Array, b: Array) -> float | None:
    """Brown and Forsythe's test (1974), two-sided: do the deviations from the medians have the same mean?

    Where the numbers of runs differ, p is the larger one of the test with and without the spare deviations.

    Returns:
        None if a cell has fewer than two runs, or if all deviations of each cell are equal.
    """
    ps = [2 * float(stdtr(df, -abs(t))) for t, df in _t_values(a, b, 1.0)]
    return max(ps, default=None)


def p_of_wider(a: Array, b: Array, margin: float) -> float | None:
    """Test whether a spreads at least `margin` times as wide as b. A small p shows that it spreads less.

    It is the same test of a / margin against b, one-sided: non-inferiority (Schuirmann 1987).
    """
    return max((float(stdtr(df, t)) for t, df in _t_values(a, b, margin)), default=None)


def ratio_limits(a: Array, b: Array, tail: float) -> tuple[Array, Array]:
    """The ratios at which `p_of_wider` is 1 - tail and tail. Between them, the test rejects no ratio (Fieller 1954).

    Args:
        a: (..., n), one sample or several.
        b: (..., m), as many.

    Returns:
        (...,) each: 0 or infinity where there is no limit.
    """
    low, high = np.full(a.shape[:-1], np.inf), np.zeros(a.shape[:-1])
    for x, y in _pairs(a, b):
        c = float(stdtrit(_df(x, y), 1 - tail)) ** 2 / _df(x, y) * (1 / x.n + 1 / y.n)
        # The limits solve (mean_x - r mean_y)^2 = c (squares_x + r^2 squares_y).
        own, other = x.mean**2 - c * x.squares, y.mean**2 - c * y.squares
        middle = x.mean * y.mean
        middle = middle + np.sqrt(np.maximum(0.0, middle**2 - own * other))
        with np.errstate(divide="ignore", invalid="ignore"):
            low = np.minimum(low, np.where(own > 0, own / middle, 0.0))
            high = np.maximum(high, np.where(other > 0, middle / other, np.inf))
    return np.where(np.isfinite(low), low, 0.0), np.where(high > 0, high, np.inf)


def _pairs(a: Array, b: Array) -> list[tuple[Deviations, Deviations]]:
    """The ways to look at the deviations: without the spare ones and, where the numbers of runs differ, with them."""
    n, m = a.shape[-1], b.shape[-1]
    if n < 2 or m < 2:
        return []
    pairs = [(Deviations.of(a, whole), Deviations.of(b, whole)) for whole in ((False, True) if n != m else (False,))]
    return [(x, y) for x, y in pairs if _df(x, y) > 0]


def _t_values(a: Array, b: Array, margin: float) -> list[tuple[float, float]]:
    """t of the mean deviation of a / margin minus that of b, and its degrees of freedom."""
    found = []
    for x, y in _pairs(a, b):
        error = float((x.squares / margin**2 + y.squares) / _df(x, y) * (1 / x.n + 1 / y.n)) ** 0.5
        if error > 0:
            found.append((float(x.mean / margin - y.mean) / error, _df(x, y)))
    return found


def _df(x: Deviations, y: Deviations) -> float:
    return x.n + y.n - 2 - x.spare - y.spare
