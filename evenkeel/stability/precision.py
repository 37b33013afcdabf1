"""How many seeds it takes to know a cell so well, and what they cost."""

from collections.abc import Callable

import numpy as np

from evenkeel.result import about, result
from evenkeel.stability.curves import Array
from evenkeel.stability.intervals import mean_interval, rate_interval, std_interval
from evenkeel.stability.values import Value

MOST = 1_000_000


@result
class SeedsNeeded:
    of: str = about("mean, std or divergence.")
    half_width: float = about("That was asked for: of the 95 % interval.")
    n_now: int = about("Seeds that there are.")
    half_width_now: Value = about("What they give; null where there is no interval yet.")
    n: int | None = about("Seeds that it takes if the spread is as it was seen.")
    n_at_worst: int | None = about("Seeds that it takes if the spread is as large as it may well be.")
    more: int | None = about("n less n_now.")
    seconds: Value = about("Time on one device for the missing seeds.")


def fewest_seeds(of: str) -> int:
    """That give an interval at all."""
    return 1 if of == "divergence" else 2


def seeds_needed(
    values: Array, bad: int, runs: int, half_width: float, of: str, seconds_per_run: float | None
) -> SeedsNeeded:
    """The smallest n at which the 95 % interval is no wider than -+ half_width.

    values: (n,) final values of runs that did not diverge. bad: diverged or collapsed runs, of `runs`. of: 'mean' (t
    interval), 'std' (chi-square), 'divergence' (Clopper-Pearson). `n` takes the spread (or rate) to be what was seen,
    `n_at_worst` the upper 95 % limit of the std (for a rate 1/2). None where it is over a million, or nothing can be
    said yet.
    """
    at_least = fewest_seeds(of)
    if of == "divergence":
        n_now = runs
        widths = [_rate_width(bad / runs if runs else 0.5), _rate_width(0.5)]
    else:
        n_now = len(values)
        std = float(values.std(ddof=1)) if n_now >= 2 else np.nan
        worst = float(std_interval(np.array(std), np.array(n_now))[1])
        width = _mean_width if of == "mean" else _std_width
        widths = [width(std), width(worst)]
    known = n_now >= at_least
    n, n_at_worst = (_smallest(width, half_width, at_least) if known else None for width in widths)
    more = None if n is None else max(0, n - n_now)
    return SeedsNeeded(
        of=of,
        half_width=half_width,
        n_now=n_now,
        half_width_now=float(widths[0](n_now)) if known else None,
        n=n,
        n_at_worst=n_at_worst,
        more=more,
        seconds=None if more is None or seconds_per_run is None else more * seconds_per_run,
    )


Width = Callable[[int], float]


def _mean_width(std: float) -> Width:
    return lambda n: _half(mean_interval(np.array(0.0), np.array(std), np.array(n)))


def _std_width(std: float) -> Width:
    return lambda n: _half(std_interval(np.array(std), np.array(n)))


def _rate_width(rate: float) -> Width:
    return lambda n: _half(rate_interval(np.array(round(rate * n)), np.array(n)))


def _half(interval: tuple[Array, Array]) -> float:
    return float(interval[1] - interval[0]) / 2


def _smallest(width: Width, half_width: float, at_least: int) -> int | None:
    """The width falls with n, but for the rounding of a rate to whole runs."""
    if width(MOST) > half_width:
        return None
    low, high = at_least - 1, at_least
    while width(high) > half_width:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if width(middle) > half_width else (low, middle)
    return high
