"""The band over the seeds in each epoch. There are two bands, and they count a diverged run differently."""

import numpy as np

from evenkeel.result import about, result
from evenkeel.statistics.curves import EpochStats
from evenkeel.statistics.values import Value, numbers


@result
class Band:
    """Each field has one value per epoch, from epoch 1. A value that does not exist or is infinite is null."""

    n: list[int] = about("Number of runs that count in the epoch.")
    mean: list[Value] = about("Mean over these runs.")
    median: list[Value] = about("Median over these runs.")
    min: list[Value] = about("Lowest value of these runs: the lower edge of the band.")
    max: list[Value] = about("Highest value of these runs: the upper edge of the band.")
    std: list[Value] = about("Standard deviation over these runs, with ddof 1.")
    iqm: list[Value] = about("Interquartile mean over these runs; null for n < 4.")


@result
class Bands:
    survivors: Band = about(
        "Here a diverged run counts only before the epoch in which it diverged. A run that collapsed counts, "
        "and with its last value in the epochs after it was ended early."
    )
    all: Band = about("Here a diverged run counts with the metric's worst value from the epoch in which it diverged.")


def band_of(stats: EpochStats, cell: int) -> Band:
    """The band of one cell. cell: its index along the first axis of the statistics."""
    return Band(
        n=stats.n[cell].astype(np.int64).tolist(),
        mean=numbers(stats.mean[cell]),
        median=numbers(stats.median[cell]),
        min=numbers(stats.min[cell]),
        max=numbers(stats.max[cell]),
        std=numbers(stats.std[cell]),
        iqm=numbers(stats.iqm[cell]),
    )
