"""How many seeds a cell needs for a given precision, and how long they take."""

from collections.abc import Callable

import numpy as np

from evenkeel.result import about, result
from evenkeel.stability.curves import Array
from evenkeel.stability.intervals import mean_interval, rate_interval, std_interval
from evenkeel.stability.values import Value

MOST = 1_000_000


@result
class SeedsNeeded:
    of: str = about("What is estimated: mean, std or divergence.")
    half_width: float = about("Half of the width of the 95 % interval that was asked for.")
    n_now: int = about("Number of seeds that the cell has now.")
    half_width_now: Value = about("Half-width that these seeds give; null if there is no interval yet.")
    n: int | None = about("Number of seeds needed if the spread is as large as it was observed.")
    n_at_worst: int | None = about("Number of seeds needed if the spread is as large as it may well be.")
    more: int | None = about("Number of missing seeds: n minus n_now, or 0 if that is negative.")
    seconds: Value = about("Time in seconds that one device takes for the missing seeds.")


def fewest_seeds(of: str) -> int:
    """The fewest seeds that give an interval. of: 'mean', 'std' or 'divergence'."""
    return 1 if of == "divergence" else 2


def seeds_needed(
    values: Array, bad: int, runs: int, half_width: float, of: str, seconds_per_run: float | None
) -> SeedsNeeded:
    """The smallest n for which the 95 % interval is no wider than -+ half_width.

    `n` assumes that the spread or the rate stays as it was observed. `n_at_worst` assumes the upper 95 % limit of the
    std, or a rate of 1/2. Each is None if it is over a million, or if there are too few runs to say anything.

    Args:
        values: (n,), final values of the runs that did not diverge.
        bad: Number of runs that diverged or collapsed.
        runs: Number of all finished runs.
        half_width: In the unit of `values`; for 'divergence' a share.
        of: 'mean' (t interval), 'std' (chi-square) or 'divergence' (Clopper-Pearson).
        seconds_per_run: None if it is not known.
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
    """The smallest n with a width of at most `half_width`.

    Bisection works because the width falls with n, except for the rounding of a rate to whole runs.
    """
    if width(MOST) > half_width:
        return None
    low, high = at_least - 1, at_least
    while width(high) > half_width:
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if width(middle) > half_width else (low, middle)
    return high
