"""Prepares the finished runs of a cell for the statistics."""

from collections.abc import Sequence

import numpy as np

from evenkeel.analysis.facts import Curve, SeedCurve
from evenkeel.analysis.summary import SampledCell
from evenkeel.plugins import Metric, Outcome
from evenkeel.statistics.compare import Sample
from evenkeel.statistics.curves import Array
from evenkeel.statistics.values import Value

BAD = (Outcome.DIVERGED, Outcome.COLLAPSED)
SampledCurve = Curve | SeedCurve  # of a `SampledCell`


def finished_curves(cell: SampledCell) -> list[SampledCurve]:
    """The curves of the finished runs that count, one for each seed. Only a finished run has an outcome."""
    return [curve for curve in cell.curves if curve.counted and curve.outcome is not None]


def sample_of(cell: SampledCell, metric: Metric) -> Sample:
    """The finished runs as a sample. A run without a final value counts only in the numbers of runs.

    Diverged runs end first. So before every seed of the cell has ended, the sample has only the runs that did not
    diverge: everything else would make the cell look worse than it is. In an unstable cell no run counts as trained.
    """
    finished = finished_curves(cell)
    values = np.array([final_value(cell, curve, metric) for curve in finished], np.float64)
    survived = np.array([curve.outcome is not Outcome.DIVERGED for curve in finished], np.bool_)
    trained = np.array([has_trained(cell, curve) for curve in finished], np.bool_)
    known = ~np.isnan(values)
    bad = sum(curve.outcome in BAD for curve in finished)
    survivors, trained_values = values[survived & known], values[trained & known]
    if cell.divergence.unfinished:
        return Sample(np.array([], np.float64), survivors, bad=0, runs=0, trained=trained_values)
    return Sample(values[known], survivors, bad, len(finished), trained_values)


def has_trained(cell: SampledCell, curve: SampledCurve) -> bool:
    """Whether a finished run counts in a spread. No run does that diverged or collapsed, and none of an unstable cell.

    Collapsed runs lie close together, at chance, which would look like calm.
    """
    return curve.outcome not in BAD and not cell.divergence.unstable


def final_value(cell: SampledCell, curve: SampledCurve, metric: Metric) -> float:
    """The value of a finished run at its last epoch.

    Returns:
        For a diverged run the metric's worst value. A run that ended early keeps its last value. NaN if the metric was
        not measured in its last epoch.
    """
    if curve.outcome is Outcome.DIVERGED:
        return metric.worst
    return _known(curve.values[-1]) if len(curve.values) else np.nan


def _known(value: Value) -> float:
    return np.nan if value is None else value


def to_floats(values: Sequence[Value] | Array) -> Array:
    """The values as an array, with NaN for None."""
    return np.asarray(values, np.float64)
