"""How many seeds make an interval narrow enough with a probability of 80 %, if its width is in proportion to the std.

The std of the final sample is not known beforehand. If it comes out as it was observed, half of all samples have a
larger one, and their interval is too wide. So n is chosen such that the interval is narrow enough in 80 % of samples
(Kupper and Hafner 1989, The American Statistician 43:101-105; Beal 1989, Biometrics 45:969-977).
"""

from collections.abc import Callable
from dataclasses import dataclass

from scipy.special import chdtr, fdtr

ASSURANCE = 0.8
MOST = 1_000_000  # seeds; a larger number is no answer


@dataclass(frozen=True)
class Needed:
    """Numbers of seeds, each None if it is over `MOST`.

    Attributes:
        n: Allows for what the seeds so far do not tell about the spread.
        as_observed: If the spread is exactly as large as it was observed.
        at_worst: If it is as large as it may well be.
    """

    n: int | None
    as_observed: int | None
    at_worst: int | None


def seeds_for_spread(
    width: Callable[[int], float], half_width: float, std: float, worst_std: float, n_now: int
) -> Needed:
    """The smallest numbers of seeds whose interval is narrow enough with a probability of 80 %.

    The n_now seeds that are there belong to the final sample. With d = n - n_now seeds more and normal values,

    (n - 1) S^2 = (n_now - 1) s^2 + X.

    S is the std of all n, s that of the first n_now. X / sigma^2 has the chi-square distribution with d degrees of
    freedom, and X / (d s^2) has the F distribution with d and n_now - 1. The interval is narrow enough if
    width(n) S <= half_width.

    Args:
        width: The half-width of the interval of n seeds, for a std of 1.
        std: Observed std of the n_now seeds, above 0.
        worst_std: The std that `Needed.at_worst` assumes.
        n_now: At least 2.
    """

    def room(n: int) -> float:
        """The largest X / s^2 with which the interval of n seeds is narrow enough."""
        return float((n - 1) * (half_width / (width(n) * std)) ** 2 - (n_now - 1))

    def estimated(n: int) -> float:
        more = n - n_now
        return float(fdtr(more, n_now - 1, max(room(n), 0.0) / more))

    def known(n: int, true_std: float) -> float:
        return float(chdtr(n - n_now, max(room(n), 0.0) * (std / true_std) ** 2))

    if room(n_now) >= 0:
        return Needed(n_now, n_now, n_now)
    return Needed(
        n=_smallest(estimated, n_now + 1),
        as_observed=_smallest(lambda n: known(n, std), n_now + 1),
        at_worst=_smallest(lambda n: known(n, worst_std), n_now + 1),
    )


def _smallest(chance: Callable[[int], float], at_least: int) -> int | None:
    """The smallest n from `at_least` with a chance of 80 %. Bisection works because the chance rises with n."""
    if chance(MOST) < ASSURANCE:
        return None
    low, high = at_least - 1, at_least
    while chance(high) < ASSURANCE:
        low, high = high, min(high * 2, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if chance(middle) < ASSURANCE else (low, middle)
    return high
