"""Turns what a run has logged into curves over epochs.

Trackers count steps, and every metric at steps of its own. The first metric that was asked for decides: an epoch ends
wherever it was logged. Epochs are numbered 1, 2, 3 in the order of these steps. Of any other metric, an epoch has the
last value that was logged since the epoch before.
"""

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

MLFLOW_INFINITY = 1.797e308  # MLflow stores infinity as the largest float64


@dataclass(frozen=True)
class Point:
    """One logged value. at_ms: when, in ms since 1970; None if the source does not know."""

    step: int
    value: float
    at_ms: int | None = None

    @property
    def is_finite(self) -> bool:
        return math.isfinite(self.value) and abs(self.value) < MLFLOW_INFINITY


class Axis(Enum):
    """Along what the values of a run are put in order."""

    STEP = "step"
    TIME = "time"
    ORDER = "order"


Points = Mapping[str, Sequence[Point]]  # metric -> what was logged of it


@dataclass(frozen=True)
class Curves:
    """What a run measured.

    Attributes:
        values: metric -> (num_epochs,), None for an epoch without a finite value.
        seconds: (num_epochs,), how long each epoch took; None if that is not known.
        diverged_epoch: The epoch in which the run diverged, counted from 1. In it and in every later one, a metric is
            not finite. It may be the epoch after the last one. None if the run did not diverge.
        lost: That metric; '' if the run did not diverge.
        renumbered: Whether the steps were no epochs in a row.
    """

    values: dict[str, list[float | None]]
    seconds: list[float] | None
    diverged_epoch: int | None
    lost: str
    renumbered: bool

    @property
    def num_epochs(self) -> int:
        return len(next(iter(self.values.values())))


def to_curves(points: Points, metrics: Sequence[str], started_ms: int | None = None) -> Curves | None:
    """The curves of a run. None if the first metric was never logged.

    Args:
        points: What it has logged, in any order. A step that was logged again counts with its last value.
        metrics: The metrics, of which the first one decides where epochs end.
        started_ms: When the run started.
    """
    clock = points.get(metrics[0], ())
    if not clock:
        return None
    axis = _axis(clock)
    logged = {metric: _in_order(points.get(metric, ()), axis) for metric in metrics}
    ends = list(logged[metrics[0]])
    lost = {metric: place for metric, found in logged.items() if (place := _lost(found, ends)) is not None}
    first = min(lost, key=lambda metric: lost[metric], default="")
    return Curves(
        values={metric: _curve(found, ends) for metric, found in logged.items() if found},
        seconds=_seconds([point.at_ms for point in logged[metrics[0]].values()], started_ms),
        diverged_epoch=lost[first] + 1 if lost else None,
        lost=first,
        renumbered=axis is not Axis.STEP or any(after - before != 1 for before, after in pairwise(ends)),
    )


def _axis(clock: Sequence[Point]) -> Axis:
    """What tells the values of a run apart. A script that counts no steps logs every value at the same one."""
    if len(clock) == 1 or len({point.step for point in clock}) > 1:
        return Axis.STEP
    times = {point.at_ms for point in clock}
    return Axis.TIME if len(times) == len(clock) and None not in times else Axis.ORDER


def _in_order(points: Sequence[Point], axis: Axis) -> dict[int, Point]:
    """Where each value stands on the axis -> the value, in order."""
    ordered = sorted(points, key=lambda point: (point.step, point.at_ms or 0))
    match axis:
        case Axis.STEP:
            return {point.step: point for point in ordered}
        case Axis.TIME:
            return {point.at_ms or 0: point for point in ordered}
        case Axis.ORDER:
            return dict(enumerate(ordered))


def _lost(found: Mapping[int, Point], ends: Sequence[int]) -> int | None:
    """The place, from 0, of the epoch of the first value that is not finite, if no finite one comes later."""
    lost = None
    for place, point in found.items():
        if point.is_finite:
            lost = None
        elif lost is None:
            lost = place
    return None if lost is None else bisect_left(ends, lost)


def _curve(found: Mapping[int, Point], ends: Sequence[int]) -> list[float | None]:
    curve: list[float | None] = [None] * len(ends)
    for place, point in found.items():
        epoch = bisect_left(ends, place)
        if epoch < len(ends):
            curve[epoch] = point.value if point.is_finite else None
    return curve


def _seconds(ended: Sequence[int | None], started_ms: int | None) -> list[float] | None:
    """How long each epoch took. None unless every epoch ended after the one before: a script may log all at once."""
    known = [at for at in (started_ms, *ended) if at is not None]
    if len(known) <= len(ended):
        return None
    took = [(after - before) / 1000 for before, after in pairwise(known)]
    return took if all(seconds > 0 for seconds in took) else None
