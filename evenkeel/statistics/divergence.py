"""How many runs of a cell diverged or collapsed, and when the diverged runs left the range of the others."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array, describe
from evenkeel.statistics.evidence import FROM, EvidenceLevel
from evenkeel.statistics.intervals import rate_interval
from evenkeel.statistics.outcome import epoch_of_leaving
from evenkeel.statistics.values import Value


@result
class Divergence:
    n: int = about("Number of finished runs.")
    diverged: int = about(
        "Runs in which a loss or a weight became non-finite, or whose loss ended far above its start."
    )
    collapsed: int = about(
        "Runs that ended no better than a constant predictor, by their accuracy (99 % range) or by their loss."
    )
    rate: Value = about(
        "Share of the n runs that diverged or collapsed; null for n = 0, and until every seed has ended. Diverged runs "
        "end first, so a rate before that would be too high."
    )
    low: float = about(
        "Lower end of the 95 % interval of the rate (Clopper-Pearson). Before every seed has ended, the interval holds "
        "whatever becomes of the others."
    )
    high: float = about("Upper end of that interval. Even for 0 of 3 runs it is 0.71.")
    unfinished: int = about(
        "Number of seeds that have not ended: their runs train or wait, or were cancelled while they trained. It is at "
        "least 1 while a rule may add some."
    )
    unstable: bool = about(
        "Whether half or more of the seeds diverged or collapsed, whatever becomes of those that have not ended. Such "
        "a cell has no spread and no band width."
    )


@result
class LeftSurvivors:
    seed: int = about("Seed of the diverged run.")
    epoch: int = about("Epoch in which it left the range of the runs that did not diverge, and stayed outside.")
    diverged_epoch: int = about("Epoch in which it diverged.")
    others: int = about("Number of runs that did not diverge.")


def count_bad(
    ended: NDArray[np.bool_], collapsed: NDArray[np.bool_], diverged_epoch: Array, queued: NDArray[np.int64]
) -> list[Divergence]:
    """Count the diverged and the collapsed runs of each cell.

    Diverged runs end long before the others. So before every seed has ended, the share among the finished runs is too
    high, and no rate is given. Its interval then reaches from the lower end for the case that no further run is bad to
    the upper end for the case that all of them are.

    Runs that collapsed lie close together, at chance. So a cell in which they are the half or more is called unstable,
    instead of narrow.

    Args:
        ended: (num_cells, num_runs), whether the run has finished.
        collapsed: (num_cells, num_runs), whether the run collapsed.
        diverged_epoch: (num_cells, num_runs), NaN if the run did not diverge.
        queued: (num_cells,), the number of further seeds without a result: their run has yet to start, or was cancelled
            while it trained. A run that diverges soon ends before it can be cancelled, so the others may be better.
    """
    n, num_collapsed = ended.sum(axis=1), collapsed.sum(axis=1)
    num_diverged = np.sum(~np.isnan(diverged_epoch), axis=1)
    bad, unfinished = num_diverged + num_collapsed, np.sum(~ended, axis=1) + queued
    lows, _ = rate_interval(bad, n + unfinished)
    _, highs = rate_interval(bad + unfinished, n + unfinished)
    columns = (n, num_diverged, num_collapsed, lows, highs, unfinished)
    return [
        Divergence(
            n=runs,
            diverged=gone,
            collapsed=flat,
            rate=(gone + flat) / runs if runs and not left else None,
            low=low,
            high=high,
            unfinished=left,
            unstable=0 < runs + left <= 2 * (gone + flat),
        )
        for runs, gone, flat, low, high, left in zip(*(column.tolist() for column in columns), strict=True)
    ]


def left_survivors(seeds: Sequence[int], curves: Array, diverged_epoch: Array) -> list[LeftSurvivors]:
    """When each diverged run left the range of the runs that did not diverge.

    Empty if fewer than three did not diverge: one more run of the same kind is outside the range of two in two of three
    epochs, so to leave it means nothing.

    Args:
        seeds: The seed of each run.
        curves: (num_runs, num_epochs).
        diverged_epoch: (num_runs,), from 1; NaN if the run did not diverge.
    """
    diverged = ~np.isnan(diverged_epoch)
    num_others = int((~diverged).sum())
    if num_others < FROM[EvidenceLevel.DESCRIPTIVE]:
        return []
    others = describe(curves[~diverged])
    return [
        LeftSurvivors(seed, epoch_of_leaving(curve, others.min, others.max, int(at)), int(at), num_others)
        for seed, curve, at in zip(seeds, curves, diverged_epoch, strict=True)
        if not np.isnan(at)
    ]
