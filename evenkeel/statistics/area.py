"""The area under a curve: how good a run was over its whole training, and not only at its end."""

import numpy as np

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.final import Intervals, describe_finals
from evenkeel.statistics.values import Value


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
    return [
        Area(each.n, each.mean, each.mean_low, each.mean_high, each.std, each.intervals)
        for each in describe_finals(areas, share)
    ]
