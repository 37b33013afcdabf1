"""The finished runs of a cell of a summary, as the statistics take them."""

from collections.abc import Sequence

import numpy as np

from evenkeel.analysis.facts import Curve
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Metric, Outcome
from evenkeel.stability.compare import Sample
from evenkeel.stability.curves import Array
from evenkeel.stability.values import Value

BAD = (Outcome.DIVERGED, Outcome.COLLAPSED)


def finished_curves(cell: CellSummary) -> list[Curve]:
    return [curve for curve in cell.curves if curve.outcome is not None]


def sample_of(cell: CellSummary, metric: Metric) -> Sample:
    finished = finished_curves(cell)
    values = np.array([final_value(cell, curve, metric) for curve in finished], np.float64)
    survived = np.array([curve.outcome is not Outcome.DIVERGED for curve in finished], np.bool_)
    known = ~np.isnan(values)
    bad = sum(curve.outcome in BAD for curve in finished)
    return Sample(values[known], values[survived & known], bad, len(finished))


def final_value(cell: CellSummary, curve: Curve, metric: Metric) -> float:
    """The last epoch's value; the metric's worst for a diverged run; NaN where it was not measured."""
    if curve.outcome is Outcome.DIVERGED:
        return metric.worst
    # Where any run has a value at the last epoch, the bands are as long as the training.
    whole = cell.final.n > 0 and len(curve.values) == len(cell.bands.survivors.n)
    return float(to_floats(curve.values[-1:])[0]) if whole else np.nan


def to_floats(values: Sequence[Value]) -> Array:
    """NaN for None."""
    return np.array([np.nan if value is None else value for value in values], np.float64)
