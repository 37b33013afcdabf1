"""Statistics over the seeds in each epoch, for many cells at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

IQM_FROM = 4  # runs; fewer than these have no middle half


@dataclass(frozen=True)
class EpochStats:
    """Statistics over the runs in each epoch, each of shape (..., num_epochs). NaN: the number does not exist."""

    n: Array
    mean: Array
    median: Array
    min: Array
    max: Array
    std: Array
    iqm: Array


def stack_curves(values: Sequence[Sequence[float] | Array], num_epochs: int | None = None) -> Array:
    """Put one sequence per run into one array (num_runs, num_epochs), and fill short sequences up with NaN.

    Args:
        num_epochs: The least number of epochs that the array has. A longer sequence makes it longer.
    """
    longest = max((len(v) for v in values), default=0)
    curves = np.full((len(values), max(longest, num_epochs or 0)), np.nan)
    for row, curve in zip(curves, values, strict=True):
        row[: len(curve)] = curve
    return curves


def describe(curves: Array) -> EpochStats:
    """Statistics over the runs in each epoch.

    `std` has ddof 1 and needs two runs. `iqm` is the interquartile mean and needs four runs: it leaves out the
    floor(n / 4) lowest and the floor(n / 4) highest values (`scipy.stats.trim_mean(x, 0.25)`; Agarwal et al. 2021,
    arXiv 2108.13264). Infinite values count like all others: they make the mean and the std infinite or NaN, and they
    do not disturb the order statistics.

    Args:
        curves: (..., num_runs, num_epochs), NaN for an epoch that a run did not reach.
    """
    num_runs = curves.shape[-2]
    ordered = np.sort(curves, axis=-2)  # NaN last
    n = np.sum(~np.isnan(ordered), axis=-2)
    place, count = np.arange(num_runs)[:, np.newaxis], n[..., np.newaxis, :]
    there = place < count
    values = np.where(there, ordered, 0.0)
    middle = (place >= (count - 1) // 2) & (place <= count // 2) & there
    cut = count // 4
    # A loss may be as large as a float can be. The sum of two such losses is infinite, and the result shows that.
    with np.errstate(invalid="ignore", over="ignore"):
        mean = _mean(values, there)
        squares = np.sum((values - mean[..., np.newaxis, :]) ** 2, axis=-2, where=there)
        return EpochStats(
            n=n.astype(np.float64),
            mean=mean,
            median=_mean(values, middle),
            min=_mean(values, (place == 0) & there),
            max=_mean(values, place == count - 1),
            std=np.sqrt(_divide(squares, np.where(n >= 2, n - 1, 0))),
            iqm=_mean(values, (place >= cut) & (place < count - cut) & (count >= IQM_FROM)),
        )


def band_width(stats: EpochStats) -> Array:
    """Mean of max - min over the epochs that at least two runs reached, shape (...). NaN if there is no such epoch."""
    with np.errstate(invalid="ignore"):
        width = stats.max - stats.min
    wide = stats.n >= 2
    return _divide(np.sum(width, axis=-1, where=wide), np.sum(wide, axis=-1))


def quantile(ordered: Array, n: NDArray[np.int64], q: float) -> Array:
    """NumPy's linear quantile along the last axis, for rows that have different numbers of values.

    Args:
        ordered: (..., size), in ascending order, with NaN at the end.
        n: (...), how many values of each row are not NaN.
        q: The quantile, in [0, 1].

    Returns:
        (...)
    """
    position = q * np.maximum(n - 1, 0)
    below = np.floor(position).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(n - 1, 0))
    low = np.take_along_axis(ordered, below[..., np.newaxis], axis=-1)[..., 0]
    high = np.take_along_axis(ordered, above[..., np.newaxis], axis=-1)[..., 0]
    return np.asarray(low + (high - low) * (position - below))


def until_divergence(curves: Array, diverged_epoch: Array) -> Array:
    """The curves, with NaN from the epoch in which a run diverged.

    Args:
        curves: (..., num_runs, num_epochs).
        diverged_epoch: (..., num_runs), from 1; NaN if the run did not diverge.
    """
    return np.where(_gone(curves, diverged_epoch), np.nan, curves)


def with_worst(curves: Array, diverged_epoch: Array, worst: float) -> Array:
    """The curves, with `worst` from the epoch in which a run diverged. No value is interpolated and no run is dropped.

    Args:
        curves: (..., num_runs, num_epochs).
        diverged_epoch: (..., num_runs), from 1; NaN if the run did not diverge.
    """
    return np.where(_gone(curves, diverged_epoch), worst, curves)


def _gone(curves: Array, diverged_epoch: Array) -> NDArray[np.bool_]:
    epochs = np.arange(1, curves.shape[-1] + 1)
    return np.asarray(epochs >= diverged_epoch[..., np.newaxis])


def _mean(values: Array, which: NDArray[np.bool_]) -> Array:
    return _divide(np.sum(values, axis=-2, where=which), np.sum(which, axis=-2))


def _divide(total: Array, count: NDArray[np.int64]) -> Array:
    quotient: Array = np.full(np.shape(total), np.nan)
    np.divide(total, count, out=quotient, where=count > 0)
    return quotient
