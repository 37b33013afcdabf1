"""How rough the curve of a single run is, after Chan et al. 2019 (arXiv 1912.05663, "Measuring the reliability of RL
algorithms")."""

from dataclasses import dataclass
from statistics import median

import numpy as np

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array, quantile
from evenkeel.statistics.values import Value

SPIKE = 0.1  # share of the loss curve's range


@result
class OverSeeds:
    median: Value = about("Median over the seeds.")
    worst: Value = about("Value of the roughest seed.")


@result
class WithinRun:
    jitter: OverSeeds = about("Interquartile range of the changes from epoch to epoch, as a share of the run's range.")
    worst_drop: OverSeeds = about("Largest change for the worse in one epoch, as a share of the run's range.")
    max_drawdown: OverSeeds = about("Largest fall below the best value so far, as a share of the run's range.")
    spikes: OverSeeds = about("Number of epochs in which the training loss rose by over a tenth of its range.")


@dataclass(frozen=True)
class Roughness:
    """How rough each run is. All arrays have the shape (..., num_runs).

    A value is NaN if the run has fewer than two epochs (jitter: three). The first three are shares of the run's own
    range, its highest minus its lowest value. They are 0 for a flat curve. The words in quotes are the paper's.

    Attributes:
        jitter: Interquartile range of the changes from epoch to epoch ("dispersion across time", detrended by
            differences).
        worst_drop: Largest change for the worse from one epoch to the next ("short-term risk").
        max_drawdown: Largest fall below the best value so far ("long-term risk").
        spikes: Number of epochs in which the loss rose by more than `SPIKE` of its range.
    """

    jitter: Array
    worst_drop: Array
    max_drawdown: Array
    spikes: Array

    def over_seeds(self, cell: int) -> WithinRun:
        """The statistics of one cell over its seeds. cell: its index along the first axis."""
        return WithinRun(
            jitter=_over_seeds(self.jitter[cell]),
            worst_drop=_over_seeds(self.worst_drop[cell]),
            max_drawdown=_over_seeds(self.max_drawdown[cell]),
            spikes=_over_seeds(self.spikes[cell]),
        )


def roughness(curves: Array, losses: Array, higher_is_better: bool) -> Roughness:
    """Measure how rough each run is.

    Args:
        curves: (..., num_runs, num_epochs), the metric; NaN for an epoch that a run did not reach.
        losses: (..., num_runs, num_epochs), the training loss; NaN likewise.
        higher_is_better: Whether a higher value of the metric is better.
    """
    good = curves if higher_is_better else -curves
    changes = np.diff(good, axis=-1)
    known = np.sum(~np.isnan(changes), axis=-1)
    size = _range(good)
    ordered = np.sort(changes, axis=-1)
    iqr = quantile(ordered, known, 0.75) - quantile(ordered, known, 0.25) if changes.shape[-1] else size
    best = np.maximum.accumulate(np.where(np.isnan(good), -np.inf, good), axis=-1)
    drawdown = np.where(np.isnan(good), 0.0, best - good)
    rises = np.diff(losses, axis=-1)
    with np.errstate(invalid="ignore"):
        spikes = np.sum(rises > SPIKE * _range(losses)[..., np.newaxis], axis=-1)
    loss_known = np.sum(~np.isnan(rises), axis=-1)
    drop = np.max(-changes, axis=-1, initial=0.0, where=changes < 0)
    return Roughness(
        jitter=np.where(known >= 2, _share(iqr, size), np.nan),
        worst_drop=np.where(known >= 1, _share(drop, size), np.nan),
        max_drawdown=np.where(known >= 1, _share(np.max(drawdown, axis=-1, initial=0.0), size), np.nan),
        spikes=np.where(loss_known >= 1, spikes.astype(np.float64), np.nan),
    )


def _over_seeds(values: Array) -> OverSeeds:
    """values: (num_runs,)."""
    known = sorted(values[~np.isnan(values)].tolist())
    return OverSeeds(median(known), known[-1]) if known else OverSeeds(None, None)


def _range(curves: Array) -> Array:
    there = ~np.isnan(curves)
    high = np.max(curves, axis=-1, initial=-np.inf, where=there)
    low = np.min(curves, axis=-1, initial=np.inf, where=there)
    with np.errstate(invalid="ignore"):
        return np.where(high >= low, high - low, 0.0)


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)
