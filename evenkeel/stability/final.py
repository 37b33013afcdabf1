"""The values at the last epoch, over the seeds of each cell."""

import numpy as np

from evenkeel.result import about, result
from evenkeel.stability.curves import Array, describe
from evenkeel.stability.intervals import iqm_interval, mean_interval, std_interval
from evenkeel.stability.values import Value, number


@result
class FinalStats:
    n: int = about("Runs that finished their last epoch; a diverged run has no final value.")
    mean: Value = about("Over these runs; null for n = 0.")
    mean_low: Value = about("95 % interval of the mean (t); null for n < 2.")
    mean_high: Value = about("Its upper end.")
    std: Value = about("With ddof 1; null for n < 2.")
    std_low: Value = about("95 % interval of the std (chi-square; needs normal values).")
    std_high: Value = about("Its upper end.")
    median: Value = about("Over these runs.")
    min: Value = about("The worst or best seed, as the metric goes.")
    max: Value = about("The other end.")
    iqm: Value = about("Interquartile mean; null for n < 4.")
    iqm_low: Value = about("95 % interval of the iqm (percentile bootstrap); null for n < 10.")
    iqm_high: Value = about("Its upper end.")


def describe_finals(finals: Array) -> list[FinalStats]:
    """Of each cell. finals: (num_cells, num_runs), NaN for a run without a final value."""
    stats = describe(finals[..., np.newaxis])
    n, mean, std = stats.n[:, 0], stats.mean[:, 0], stats.std[:, 0]
    with np.errstate(invalid="ignore", over="ignore"):
        means, stds = mean_interval(mean, std, n), std_interval(std, n)
    iqms = [iqm_interval(values[~np.isnan(values)]) for values in finals]
    return [
        FinalStats(
            n=int(n[cell]),
            mean=number(mean[cell]),
            mean_low=number(means[0][cell]),
            mean_high=number(means[1][cell]),
            std=number(std[cell]),
            std_low=number(stds[0][cell]),
            std_high=number(stds[1][cell]),
            median=number(stats.median[cell, 0]),
            min=number(stats.min[cell, 0]),
            max=number(stats.max[cell, 0]),
            iqm=number(stats.iqm[cell, 0]),
            iqm_low=number(iqms[cell][0]),
            iqm_high=number(iqms[cell][1]),
        )
        for cell in range(len(finals))
    ]
