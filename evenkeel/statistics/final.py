"""Statistics of the values at the last epoch, over the seeds of each cell."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array, EpochStats, describe
from evenkeel.statistics.intervals import iqm_interval, mean_interval, std_interval
from evenkeel.statistics.shares import MOST_AT_AN_END, SAME, at_an_end, share_intervals
from evenkeel.statistics.values import Value, number


class Intervals(StrEnum):
    """What the intervals of mean and std assume, or why there are none."""

    NORMAL = "normal"
    LOGIT = "logit"
    END = "end"
    FEW = "few"
    EQUAL = "equal"


@result
class FinalStats:
    n: int = about("Number of runs with a final value. A diverged run has none, and a collapsed run has one.")
    mean: Value = about("Mean over these runs; null for n = 0.")
    mean_low: Value = about("Lower end of the 95 % interval of the mean; null if `intervals` is few or equal.")
    mean_high: Value = about("Upper end of the 95 % interval of the mean.")
    std: Value = about(
        "Standard deviation, with ddof 1, over those of these runs that trained. A run that collapsed did not: it "
        "counts under `divergence`. Null if fewer than two trained, and for an unstable cell."
    )
    num_trained: int = about("Number of runs that the std is of; 0 for an unstable cell.")
    std_low: Value = about(
        "Lower end of the 95 % interval of the std; null if `intervals` is end, few or equal for the runs of the std."
    )
    std_high: Value = about("Upper end of the 95 % interval of the std.")
    median: Value = about("Median over these runs.")
    min: Value = about("Lowest value: the worst or the best seed, which depends on the metric.")
    max: Value = about("Highest value: the other of the two.")
    iqm: Value = about("Interquartile mean over these runs; null for n < 4.")
    iqm_low: Value = about("Lower end of the 95 % interval of the iqm (percentile bootstrap); null for n < 10.")
    iqm_high: Value = about("Upper end of the 95 % interval of the iqm.")
    intervals: Intervals = about(
        "What the interval of the mean rests on. That of the std rests on the same, for its own runs. normal: normal "
        "values (Student's t and chi-square). logit: for a share x, normal values of log(x / (1 - x)). end: the same, "
        "but over a quarter of the runs lie at exactly 0 or 1, so the std has no interval. few: fewer than 2 runs, so "
        "there is no interval. equal: all runs have the same value, which does not show how far the next may be from "
        "it, so there is no interval."
    )


def describe_finals(finals: Array, share: bool = False, trained: NDArray[np.bool_] | None = None) -> list[FinalStats]:
    """The statistics of each cell.

    Args:
        finals: (num_cells, num_runs), NaN for a run without a final value.
        share: Whether the values are shares, in [0, 1].
        trained: (num_cells, num_runs), the runs that the std is of; by default all.
    """
    stats, kinds, ends = _describe(finals, share)
    spread, spread_ends = stats, ends
    if trained is not None and not trained[~np.isnan(finals)].all():
        spread, _, spread_ends = _describe(np.where(trained, finals, np.nan), share)
    n, mean, std = stats.n[:, 0], stats.mean[:, 0], spread.std[:, 0]
    iqms = [iqm_interval(values[~np.isnan(values)]) for values in finals]
    return [
        FinalStats(
            n=int(n[cell]),
            mean=number(mean[cell]),
            mean_low=number(ends[cell, 0]),
            mean_high=number(ends[cell, 1]),
            std=number(std[cell]),
            num_trained=int(spread.n[cell, 0]),
            std_low=number(spread_ends[cell, 2]),
            std_high=number(spread_ends[cell, 3]),
            median=number(stats.median[cell, 0]),
            min=number(stats.min[cell, 0]),
            max=number(stats.max[cell, 0]),
            iqm=number(stats.iqm[cell, 0]),
            iqm_low=number(iqms[cell][0]),
            iqm_high=number(iqms[cell][1]),
            intervals=kinds[cell],
        )
        for cell in range(len(finals))
    ]


def _describe(finals: Array, share: bool) -> tuple[EpochStats, list[Intervals], Array]:
    """The statistics, and for each cell the kind of its intervals and (low, high) of its mean and (low, high) of its
    std."""
    stats = describe(finals[..., np.newaxis])
    n, mean, std = stats.n[:, 0], stats.mean[:, 0], stats.std[:, 0]
    with np.errstate(invalid="ignore", over="ignore"):
        ends = np.stack([*mean_interval(mean, std, n), *std_interval(std, n)], axis=1)
    known = [values[~np.isnan(values)] for values in finals]
    kinds = [kind_of(values, share) for values in known]
    for cell, kind in enumerate(kinds):
        if kind in (Intervals.LOGIT, Intervals.END):
            ends[cell] = share_intervals(known[cell])
        elif kind is Intervals.EQUAL:
            ends[cell] = np.nan
    return stats, kinds, ends


def kind_of(values: Array, share: bool) -> Intervals:
    """What the intervals of these values rest on. values: (n,), without NaN."""
    if len(values) < 2:
        return Intervals.FEW
    # Rounding gives equal values a std just above 0, so the std does not show it.
    if values.min() == values.max() or (share and np.ptp(values) < SAME):
        return Intervals.EQUAL
    if not share:
        return Intervals.NORMAL
    return Intervals.END if at_an_end(values) > MOST_AT_AN_END else Intervals.LOGIT
