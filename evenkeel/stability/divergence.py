"""How many runs of a cell came to nothing, and when those that diverged went astray."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenkeel.result import about, result
from evenkeel.stability.curves import Array, describe
from evenkeel.stability.intervals import rate_interval
from evenkeel.stability.outcome import epoch_of_leaving
from evenkeel.stability.values import Value


@result
class Divergence:
    n: int = about("Finished runs.")
    diverged: int = about("Their loss became non-finite, or ended above ten times its start.")
    collapsed: int = about("They ended at chance: within the binomial 99 % range of it.")
    rate: Value = about("Diverged or collapsed, of n; null for n = 0.")
    low: float = about("95 % interval of the rate (Clopper-Pearson).")
    high: float = about("Its upper end: 0 of 3 only bounds it at 0.71.")


@result
class LeftSurvivors:
    seed: int = about("Of a diverged run.")
    epoch: int = about("First epoch after which it stayed outside the range of the runs that did not diverge.")
    diverged_epoch: int = about("In which it diverged.")


def count_bad(ended: NDArray[np.bool_], collapsed: NDArray[np.bool_], diverged_epoch: Array) -> list[Divergence]:
    """Of each cell. All of shape (num_cells, num_runs); diverged_epoch is NaN for never."""
    n, num_collapsed = ended.sum(axis=1), collapsed.sum(axis=1)
    num_diverged = np.sum(~np.isnan(diverged_epoch), axis=1)
    lows, highs = rate_interval(num_diverged + num_collapsed, n)
    counts = zip(n.tolist(), num_diverged.tolist(), num_collapsed.tolist(), lows.tolist(), highs.tolist(), strict=True)
    return [
        Divergence(runs, gone, flat, rate=(gone + flat) / runs if runs else None, low=low, high=high)
        for runs, gone, flat, low, high in counts
    ]


def left_survivors(seeds: Sequence[int], curves: Array, diverged_epoch: Array) -> list[LeftSurvivors]:
    """Of each diverged run; none where every run diverged. curves: (num_runs, num_epochs)."""
    diverged = ~np.isnan(diverged_epoch)
    if not diverged.any() or diverged.all():
        return []
    others = describe(curves[~diverged])
    return [
        LeftSurvivors(seed, epoch_of_leaving(curve, others.min, others.max, int(at)), int(at))
        for seed, curve, at in zip(seeds, curves, diverged_epoch, strict=True)
        if not np.isnan(at)
    ]
