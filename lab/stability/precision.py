"""How many seeds it takes to know a cell so well, and what they cost."""

from collections.abc import Callable
from typing import Any

import numpy as np

from lab.stability.curves import Array
from lab.stability.intervals import mean_interval, rate_interval, std_interval

MOST = 1_000_000


def seeds_needed(
    values: Array, bad: int, runs: int, half_width: float, of: str, seconds_per_run: float | None
) -> dict[str, Any]:
    """The smallest n at which the 95 % interval is no wider than -+ half_width: see
    `api.schemas.statistics.SeedsNeeded`.

    values: (n,) final values of runs that did not diverge. bad: diverged or collapsed runs, of `runs`. of: 'mean' (t
    interval), 'std' (chi-square), 'divergence' (Clopper-Pearson). `n` takes the spread (or rate) to be what was seen,
    `n_at_worst` the upper 95 % limit of the std (for a rate 1/2). None where it is over a million, or nothing can be
    said yet.
    """
    if of == "divergence":
        n_now, at_least = runs, 1
        widths = [_rate_width(bad / runs if runs else 0.5), _rate_width(0.5)]
    else:
        n_now, at_least = len(values), 2
        std = float(values.std(ddof=1)) if n_now >= 2 else np.nan
        worst = float(std_interval(np.array(std), np.array(n_now))[1])
        width = _mean_width if of == "mean" else _std_width
        widths = [width(std), width(worst)]
    known = n_now >= at_least
    n, n_at_worst = (_smallest(width, half_width, at_least) if known else None for width in widths)
    more = None if n is None else max(0, n - n_now)
    found = {
        "of": of,
        "half_width": half_width,
        "n_now": n_now,
        "half_width_now": float(widths[0](n_now)) if known else None,
        "n": n,
        "n_at_worst": n_at_worst,
        "more": more,
        "seconds": None if more is None or seconds_per_run is None else more * seconds_per_run,
    }
    return found | {"says": _says(found, at_least)}


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


def _says(found: dict[str, Any], at_least: int) -> str:
    what = {"mean": "the mean", "std": "the standard deviation", "divergence": "the rate of divergence"}[found["of"]]
    goal = f"To know {what} to within {found['half_width']:g}"
    if found["n_now"] < at_least:
        least = max(3, at_least)
        return f"{goal}: {found['n_now']} finished runs say nothing of it yet; train {least} seeds first"
    if found["n"] is None:
        return f"{goal} takes more than a million seeds"
    worst = "over a million" if found["n_at_worst"] is None else f"{found['n_at_worst']:,}"
    text = f"{goal} takes {found['n']:,} seeds if it is as seen, {worst} at worst; {found['n_now']} are there"
    if not found["more"]:
        return f"{text}: enough"
    cost = "" if found["seconds"] is None else f", about {_time(found['seconds'])} on one device"
    return f"{text}: {found['more']:,} more{cost}"


def _time(seconds: float) -> str:
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} seconds"
