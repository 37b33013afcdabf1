"""How rough a single run is, after Chan et al. 2019 (arXiv 1912.05663, "Measuring the reliability of RL
algorithms")."""

import numpy as np

from lab.stability.curves import Array, quantile

SPIKE = 0.1  # of the loss curve's range


def roughness(curves: Array, losses: Array, higher_is_better: bool) -> dict[str, Array]:
    """Per run, shape (..., num_runs), NaN where a run has under two epochs (jitter: three).

    curves, losses: (..., num_runs, num_epochs), the metric and the training loss. The first three are shares of the
    run's own range (highest minus lowest value), 0 for a flat curve:
    jitter: interquartile range of the changes from epoch to epoch ("dispersion across time", detrended by differences).
    worst_drop: largest change for the worse from one epoch to the next ("short-term risk").
    max_drawdown: largest fall below the best value so far ("long-term risk").
    spikes: epochs in which the loss rose by more than `SPIKE` of its range.
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
    return {
        "jitter": np.where(known >= 2, _share(iqr, size), np.nan),
        "worst_drop": np.where(
            known >= 1, _share(np.max(-changes, axis=-1, initial=0.0, where=changes < 0), size), np.nan
        ),
        "max_drawdown": np.where(known >= 1, _share(np.max(drawdown, axis=-1, initial=0.0), size), np.nan),
        "spikes": np.where(loss_known >= 1, spikes.astype(np.float64), np.nan),
    }


def _range(curves: Array) -> Array:
    there = ~np.isnan(curves)
    high = np.max(curves, axis=-1, initial=-np.inf, where=there)
    low = np.min(curves, axis=-1, initial=np.inf, where=there)
    with np.errstate(invalid="ignore"):
        return np.where(high >= low, high - low, 0.0)


def _share(part: Array, whole: Array) -> Array:
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)
