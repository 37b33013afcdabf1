"""The band over the seeds, epoch by epoch, in two ways of counting a run that diverged."""

import numpy as np

from evenkeel.result import about, result
from evenkeel.stability.curves import EpochStats
from evenkeel.stability.values import Value, numbers


@result
class Band:
    """Columns with one value an epoch, epoch 1 first; null where there is none, or where it is infinite."""

    n: list[int] = about("Runs behind it.")
    mean: list[Value] = about("Over these runs.")
    median: list[Value] = about("Over these runs.")
    min: list[Value] = about("The band's lower edge.")
    max: list[Value] = about("The band's upper edge.")
    std: list[Value] = about("With ddof 1.")
    iqm: list[Value] = about("Interquartile mean, from n = 4.")


@result
class Bands:
    survivors: Band = about("A diverged run counts until the epoch in which it diverged.")
    all: Band = about("From then on it counts with the metric's worst value.")


def band_of(stats: EpochStats, cell: int) -> Band:
    """Of the cell with this index along the first axis."""
    return Band(
        n=stats.n[cell].astype(np.int64).tolist(),
        mean=numbers(stats.mean[cell]),
        median=numbers(stats.median[cell]),
        min=numbers(stats.min[cell]),
        max=numbers(stats.max[cell]),
        std=numbers(stats.std[cell]),
        iqm=numbers(stats.iqm[cell]),
    )
