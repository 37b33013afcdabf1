"""How many seeds a cell needs for a given precision, and how long they take."""

import numpy as np

from evenkeel.result import about, result
from evenkeel.statistics.assurance import Needed, seeds_for_spread
from evenkeel.statistics.assured_rate import rate_half_width, seeds_for_rate
from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import mean_interval, std_interval
from evenkeel.statistics.values import Value

NOTHING = Needed(None, None, None)


@result
class SeedsNeeded:
    of: str = about("What is estimated: mean, std or divergence.")
    half_width: float = about("Half of the width of the 95 % interval that was asked for.")
    n_now: int = about("Number of seeds that the cell has now.")
    half_width_now: Value = about(
        "Half-width that these seeds give; null for no interval: they are too few, or all end at the same value."
    )
    n: int | None = about(
        "Number of seeds that give this half-width with a probability of 80 %. It allows for how little the seeds so "
        "far tell about the spread, or about the rate."
    )
    n_as_observed: int | None = about("The same number if the spread, or the rate, is exactly as it was observed.")
    n_at_worst: int | None = about(
        "The same number if the spread is at the upper end of its 95 % interval, or the rate is 1/2."
    )
    more: int | None = about("Number of missing seeds: n minus n_now.")
    seconds: Value = about("Time in seconds that one device takes for the missing seeds.")


def fewest_seeds(of: str) -> int:
    """The fewest seeds that give an interval. of: 'mean', 'std' or 'divergence'."""
    return 1 if of == "divergence" else 2


def seeds_needed(
    values: Array, bad: int, runs: int, half_width: float, of: str, seconds_per_run: float | None
) -> SeedsNeeded:
    """The smallest n for which the 95 % interval is no wider than -+ half_width with a probability of 80 %.

    The seeds that are there count in n. Each number of seeds is None if it is over a million, or if the runs so far
    say nothing: there are too few, or all have the same value. See `assurance` and `assured_rate` for the formulas.

    Args:
        values: (n,), final values: for the mean of the runs that did not diverge, for the std of those that trained.
        bad: Number of runs that diverged or collapsed.
        runs: Number of all finished runs.
        half_width: In the unit of `values`; for 'divergence' a share.
        of: 'mean' (t interval), 'std' (chi-square) or 'divergence' (Clopper-Pearson).
        seconds_per_run: None if it is not known.
    """
    if of == "divergence":
        n_now = runs
        now, needed = _for_rate(bad, runs, half_width)
    else:
        n_now = len(values)
        now, needed = _for_spread(values, half_width, of)
    more = None if needed.n is None else needed.n - n_now
    return SeedsNeeded(
        of=of,
        half_width=half_width,
        n_now=n_now,
        half_width_now=now,
        n=needed.n,
        n_as_observed=needed.as_observed,
        n_at_worst=needed.at_worst,
        more=more,
        seconds=None if more is None or seconds_per_run is None else more * seconds_per_run,
    )


def _for_rate(bad: int, runs: int, half_width: float) -> tuple[Value, Needed]:
    """The half-width now, and the numbers of seeds needed."""
    if not runs:
        return None, NOTHING
    few, many = sorted((bad, runs - bad))
    return float(rate_half_width(np.array(few), np.array(runs))), seeds_for_rate(half_width, few, many)


def _for_spread(values: Array, half_width: float, of: str) -> tuple[Value, Needed]:
    """The half-width now, and the numbers of seeds needed."""
    n_now = len(values)
    if n_now < 2 or np.ptp(values) == 0:
        return None, NOTHING
    std = values.std(ddof=1)
    worst = float(std_interval(std, np.array(n_now))[1])
    width = _mean_width if of == "mean" else _std_width
    return width(n_now) * float(std), seeds_for_spread(width, half_width, float(std), worst, n_now)


def _mean_width(n: int) -> float:
    """The half-width of the t interval of the mean of n seeds whose std is 1."""
    return _half(mean_interval(np.array(0.0), np.array(1.0), np.array(n)))


def _std_width(n: int) -> float:
    """The half-width of the chi-square interval of the std of n seeds, if the std is 1."""
    return _half(std_interval(np.array(1.0), np.array(n)))


def _half(interval: tuple[Array, Array]) -> float:
    return float(interval[1] - interval[0]) / 2
