"""Statistics of the values at the last epoch, over the seeds of each cell."""

import numpy as np

from evenkeel.result import about, result
from evenkeel.stability.curves import Array, describe
from evenkeel.stability.intervals import iqm_interval, mean_interval, std_interval
from evenkeel.stability.values import Value, number


@result
class FinalStats:
    n: int = about("Number of runs that finished their last epoch. A diverged run has no final value.")
    mean: Value = about("Mean over these runs; null for n = 0.")
    mean_low: Value = about("Lower end of the 95 % interval of the mean (Student's t); null for n < 2.")
    mean_high: Value = about("Upper end of the 95 % interval of the mean.")
    std: Value = about("Standard deviation over these runs, with ddof 1; null for n < 2.")
    std_low: Value = about("Lower end of the 95 % interval of the std (chi-square; needs normal values).")
    std_high: Value = about("Upper end of the 95 % interval of the std.")
    median: Value = about("Median over these runs.")
    min: Value = about("Lowest value: the worst or the best seed, which depends on the metric.")
    max: Value = about("Highest value: the other of the two.")
    iqm: Value = about("Interquartile mean over these runs; null for n < 4.")
    iqm_low: Value = about("Lower end of the 95 % interval of the iqm (percentile bootstrap); null for n < 10.")
    iqm_high: Value = about("Upper end of the 95 % interval of the iqm.")


def describe_finals(finals: Array) -> list[FinalStats]:
    """The statistics of each cell. finals: (num_cells, num_runs), NaN for a run without a final value."""
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
