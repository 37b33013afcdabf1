"""Formats numbers and counts for tables that people read."""

import math
from collections.abc import Sequence
from statistics import median_high

from evenkeel.analysis.summary import CellSummary
from evenkeel.records.status import Status
from evenkeel.statistics.final import FinalStats
from evenkeel.statistics.values import Value

UNKNOWN = "-"
Interval = tuple[Value, Value, Value]  # a value, the lower and the upper end of its interval


def number(value: float | None, digits: int = 3) -> str:
    return UNKNOWN if value is None else f"{value:.{digits}f}" if abs(value) < 1e4 else f"{value:.{digits}g}"


def short(value: Value, digits: int = 3) -> str:
    """The value with a few significant digits, as a person writes it: 0.00123, 12.3, 1,230, 4.5e+06."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    if size and not 1e-4 <= size < 1e5:
        return f"{value:.{digits}g}"
    return f"{value:,.{max(0, digits - 1 - math.floor(math.log10(size)))}f}" if size else "0"


def with_interval(value: Value, low: Value, high: Value, digits: int | None = None) -> str:
    """A value and its interval with the same digits, as in '0.962 (0.951 to 0.972)'.

    The interval's width decides the digits. An end that is not bounded is 'any'.

    Args:
        digits: How many decimals to show, if a column has a number of its own.
    """
    if value is None:
        return UNKNOWN
    digits = _digits(value, low, high) if digits is None else digits
    if low is None and high is None:
        return _round(value, digits)
    ends = ("any" if end is None else _round(end, digits) for end in (low, high))
    return f"{_round(value, digits)} ({' to '.join(ends)})"


def ratio_with_interval(value: Value, low: Value, high: Value) -> str:
    """A ratio and its interval, as in '21 (1.1 to 3,590)'. Each number has two digits of its own."""
    if value is None or (low is None and high is None):
        return short(value, 2)
    ends = ("any" if end is None else short(end, 2) for end in (low, high))
    return f"{short(value, 2)} ({' to '.join(ends)})"


def intervals(column: Sequence[Interval]) -> list[str]:
    """A column of values with their intervals, all with the digits that the middle one needs."""
    known = [_digits(value, low, high) for value, low, high in column if value is not None and low != high]
    whole = [digits for digits in known if digits is not None]
    digits = median_high(whole) if whole and len(whole) == len(known) else None
    return [with_interval(*each, digits) for each in column]


def p_value(p: Value) -> str:
    """p as a person writes it: '<0.001', or three decimals."""
    return UNKNOWN if p is None else "<0.001" if p < 0.001 else f"{p:.3f}"


def evidence(cell: CellSummary) -> tuple[str, str]:
    """How many of all runs have finished, '3/3', and how many diverged, collapsed, failed or were cancelled.

    The second text is '1 div 2 fail' for example, and '-' if there are no such runs. A seed that diverged in several
    experiments counts once.
    """
    status = cell.num_runs.status
    counts = {
        "div": cell.divergence.diverged,
        "coll": cell.divergence.collapsed,
        "fail": status[Status.FAILED],
        "canc": status[Status.CANCELLED],
    }
    bad = " ".join(f"{n} {word}" for word, n in counts.items() if n)
    return f"{status[Status.FINISHED]}/{cell.num_runs.total}", bad or UNKNOWN


def value_range(final: FinalStats) -> str:
    return UNKNOWN if final.min is None else f"{number(final.min)}-{number(final.max)}"


def _digits(value: float, low: Value, high: Value) -> int | None:
    """The decimals that show two digits of the smaller half of the interval; None where `short` is better."""
    halves = [abs(end - value) for end in (low, high) if end is not None and end != value]
    half = min(halves, default=0.0)
    if not half or half < 1e-5 or abs(value) >= 1e5:
        return None
    return max(0, 1 - math.floor(math.log10(half)))


def _round(value: float, digits: int | None) -> str:
    return short(value) if digits is None else f"{value:,.{digits}f}"
