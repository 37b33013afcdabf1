"""The area under a curve: how good a run was over its whole training, and not only at its end."""

import numpy as np

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.final import Intervals, kind_of
from evenkeel.statistics.intervals import mean_interval
from evenkeel.statistics.shares import share_intervals
from evenkeel.statistics.values import Value, number


@result
class Area:
    n: int = about("Number of runs that count: they finished, did not diverge, and have a value in every epoch.")
    mean: Value = about("Mean over these runs of the area under their curve, which is the metric's mean over epochs.")
    low: Value = about("Lower end of the 95 % interval of that mean; null if `intervals` is few or equal.")
    high: Value = about("Upper end of that interval.")
    std: Value = about("Standard deviation over these runs, with ddof 1; null for n < 2.")
    intervals: Intervals = about("What the interval rests on, as for the final value.")


def describe_areas(curves: Array, share: bool = False) -> list[Area]:
    """The areas under the curves of each cell.

    The area of a run is the mean of its metric over the epochs, so it has the metric's unit. Its interval is that of a
    final value: Student's t, or for a share the generalised interval on the logit scale
    (`evenkeel.statistics.shares.share_intervals`).

    Args:
        curves: (num_cells, num_runs, num_epochs). A run counts if it has a value in every epoch.
        share: Whether the metric is a share, in [0, 1].
    """
    num_cells, num_runs, num_epochs = curves.shape
    with np.errstate(over="ignore"):
        areas = curves.mean(axis=2) if num_epochs else np.full((num_cells, num_runs), np.nan)
    return [_area(values[~np.isnan(values)], share) for values in areas]


def _area(values: Array, share: bool) -> Area:
    """values: (n,), the areas of the runs that count."""
    n, kind = len(values), kind_of(values, share)
    with np.errstate(over="ignore", invalid="ignore"):
        mean = float(values.mean()) if n else np.nan
        std = float(values.std(ddof=1)) if n > 1 else np.nan
        low, high = mean_interval(np.array(mean), np.array(std), np.array(n))
    if kind in (Intervals.LOGIT, Intervals.END):
        low, high = np.array(share_intervals(values)[:2])
    elif kind is Intervals.EQUAL:
        low, high = np.full(2, np.nan)
    return Area(n, number(mean), number(float(low)), number(float(high)), number(std), kind)
