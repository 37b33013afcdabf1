"""In which epoch runs reach a threshold. The runs that never reach it count too."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.restricted import RestrictedMean, restricted_mean

ROUNDING = 1e-12  # the largest rounding error of a product of shares


@result
class Steps:
    epoch: list[int] = about("0, and then every epoch in which a run reached the threshold.")
    not_reached: list[float] = about(
        "Share of the runs that have not reached the threshold after each of these epochs."
    )


@result
class Reaching:
    threshold: float = about("The threshold: a value of the metric.")
    n: int = about("Number of runs.")
    reached: int = about("Number of runs that have reached the threshold.")
    median_epoch: int | None = about(
        "Kaplan-Meier median: the first epoch with the curve at 1/2 or below; null if there is none."
    )
    curve: Steps = about("The Kaplan-Meier curve: the share of the runs that have not reached the threshold.")
    restricted: RestrictedMean | None = about(
        "Mean number of epochs to the threshold, with its interval; null before every seed of the cell has ended.",
        default=None,
    )


def epochs_to_threshold(
    curves: Array, ended: NDArray[np.bool_], num_epochs: int, threshold: float, higher_is_better: bool, queued: int = 0
) -> Reaching:
    """When the runs of a cell reach the threshold.

    A finished run that has not reached the threshold never will, above all a diverged one. It stays at risk until the
    last epoch. A run in training is censored at its current epoch.

    Args:
        curves: (num_runs, up to num_epochs), NaN for an epoch that a run did not reach.
        ended: (num_runs,), whether the run has finished.
        num_epochs: How many epochs a run of this cell trains.
        threshold: A value of the metric.
        queued: How many further seeds have a run that has yet to start. Diverged runs end first, so there is no mean
            before every seed has ended.
    """
    found = first_reached(curves, threshold, higher_is_better)
    reached = ~np.isnan(found)
    watched = np.where(ended, num_epochs, np.sum(~np.isnan(curves), axis=1))
    known = kaplan_meier(np.where(reached, found, watched), reached, threshold)
    whole = len(ended) > 0 and not queued and bool(np.all(ended))
    return replace(known, restricted=restricted_mean(found, num_epochs)) if whole and num_epochs else known


def first_reached(curves: Array, threshold: float, higher_is_better: bool) -> Array:
    """(num_runs,): the first epoch, from 1, in which the run is at the threshold or better; NaN if there is none."""
    if curves.shape[1] == 0:
        return np.full(len(curves), np.nan)
    there = curves >= threshold if higher_is_better else curves <= threshold
    return np.where(there.any(axis=1), there.argmax(axis=1) + 1.0, np.nan)


def kaplan_meier(epochs: Array, reached: NDArray[np.bool_], threshold: float) -> Reaching:
    """The curve and the median of Kaplan and Meier (1958).

    The curve is the share of the runs that have not reached the threshold, S = prod (1 - d / at risk), where d runs
    reach it in an epoch. The median is the first epoch with S <= 1/2. A mean over the runs that reached the threshold
    would mislead: it can look better if fewer runs reach it. This is our own code because `scipy.stats.ecdf`, which
    gives the same curve, makes the statistics of 100 cells take 40 % longer.

    Args:
        epochs: (num_runs,), the epoch in which the run reached the threshold. For a run that did not, the last epoch in
            which it was observed (censored).
        reached: (num_runs,), whether the run reached the threshold.
        threshold: A value of the metric, which is only passed on to the result.
    """
    steps, share = [0], [1.0]
    for epoch in np.unique(epochs[reached]):
        at_risk = np.sum(epochs >= epoch)
        arrived = np.sum(reached & (epochs == epoch))
        steps.append(int(epoch))
        share.append(share[-1] * float(1 - arrived / at_risk))
    median = next((epoch for epoch, left in zip(steps, share, strict=True) if left <= 0.5 + ROUNDING), None)
    return Reaching(threshold, len(epochs), int(np.sum(reached)), median, Steps(steps, share))
