"""All statistics over the runs of a cell. Cells of the same shape are computed together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenkeel.result import about, result
from evenkeel.statistics.area import Area, describe_areas
from evenkeel.statistics.bands import Bands, band_of
from evenkeel.statistics.curves import (
    Array,
    EpochStats,
    band_width,
    describe,
    stack_curves,
    until_divergence,
    with_worst,
)
from evenkeel.statistics.divergence import Divergence, LeftSurvivors, count_bad, left_survivors
from evenkeel.statistics.final import FinalStats, describe_finals
from evenkeel.statistics.reaching import Reaching, epochs_to_threshold
from evenkeel.statistics.simultaneous import MeanBand, mean_band
from evenkeel.statistics.values import Value, number
from evenkeel.statistics.within_run import WithinRun, roughness


@result
class CellStatistics:
    divergence: Divergence = about("How many runs diverged or collapsed.")
    final: FinalStats = about("Statistics over the seeds, at the last epoch.")
    band_width: Value = about(
        "Mean width (max - min) of the band over the runs that neither diverged nor collapsed, over the epochs with "
        "two or more of them; null for an unstable cell."
    )
    within_run: WithinRun = about("How rough the curves of the single runs are.")
    reaching: Reaching | None = about("When the runs reach the threshold; null if no threshold was asked for.")
    left_survivors: list[LeftSurvivors] = about(
        "For each diverged run: when it left the range of the runs that did not diverge. Empty for fewer than 3 of "
        "these, since their range says nothing."
    )
    bands: Bands = about("The bands over the seeds, epoch by epoch.")
    area: Area = about("The area under the curves of the runs that finished and did not diverge.")
    mean_band: MeanBand = about("Their mean curve, with a 95 % band that holds at all epochs at once.")


@dataclass(frozen=True)
class CellRuns:
    """The runs of a cell that count in its statistics: the runs in training and the finished ones.

    Attributes:
        seeds: The seed of each run. All other lists and arrays have the same order.
        values: For each run, the metric in every epoch that it has trained so far.
        losses: For each run, the training loss in the same epochs.
        ended: (num_runs,), whether the run has finished.
        collapsed: (num_runs,), whether the run collapsed.
        diverged_epoch: (num_runs,), the epoch in which the run diverged, from 1; NaN if it did not.
        num_epochs: How many epochs a run of this cell trains.
        queued: How many further seeds have no result: their run has yet to start, or was cancelled while it trained.
    """

    seeds: list[int]
    values: list[Array]
    losses: list[Array]
    ended: NDArray[np.bool_]
    collapsed: NDArray[np.bool_]
    diverged_epoch: Array
    num_epochs: int
    queued: int = 0

    @property
    def carried(self) -> list[Array]:
        """`values`, in which a run that ended early and did not diverge keeps its last value to the last epoch.

        Such a run would have stayed where it was: it was ended at chance, or its task was done with it. Without it, the
        later epochs would show only the runs that took long.
        """
        return [
            np.pad(values, (0, self.num_epochs - len(values)), mode="edge")
            if over and 0 < len(values) < self.num_epochs
            else values
            for values, over in zip(self.values, self.ended & np.isnan(self.diverged_epoch), strict=True)
        ]

    @property
    def shape(self) -> tuple[int, int]:
        """(num_runs, num_epochs). The epochs are those of the longest run, or all of the cell's if a run diverged or
        ended early."""
        longest = max((len(values) for values in self.carried), default=0)
        return len(self.seeds), self.num_epochs if np.any(~np.isnan(self.diverged_epoch)) else longest


def describe_cells(
    cells: Sequence[CellRuns],
    higher_is_better: bool,
    worst: float,
    threshold: float | None = None,
    share: bool = False,
) -> list[CellStatistics]:
    """The statistics of each cell, in the order of `cells`.

    Args:
        worst: The value that a run counts with from the epoch in which it diverged. It may be infinite.
        threshold: A value of the metric. If it is given, `CellStatistics.reaching` says when the runs reach it.
        share: Whether the metric is a share, in [0, 1].
    """
    by_shape: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, cell in enumerate(cells):
        by_shape[cell.shape].append(index)
    found: dict[int, CellStatistics] = {}
    for (_, num_epochs), indices in by_shape.items():
        group = [cells[index] for index in indices]
        described = _describe_group(group, num_epochs, higher_is_better, worst, threshold, share)
        found |= dict(zip(indices, described, strict=True))
    return [found[index] for index in range(len(cells))]


def _describe_group(
    cells: Sequence[CellRuns],
    num_epochs: int,
    higher_is_better: bool,
    worst: float,
    threshold: float | None,
    share: bool,
) -> list[CellStatistics]:
    curves = np.stack([stack_curves(cell.carried, num_epochs) for cell in cells])  # (C, R, E)
    measured = np.stack([stack_curves(cell.values, num_epochs) for cell in cells])
    losses = np.stack([stack_curves(cell.losses, num_epochs) for cell in cells])
    diverged = np.stack([cell.diverged_epoch for cell in cells])  # (C, R)
    surviving = until_divergence(curves, diverged)
    survivors = describe(surviving)
    everyone = describe(with_worst(curves, diverged, worst))
    widths = _widths(surviving, survivors, diverged, np.stack([cell.collapsed for cell in cells]))
    rough = roughness(until_divergence(measured, diverged), until_divergence(losses, diverged), higher_is_better)
    bad = count_bad(
        np.stack([cell.ended for cell in cells]),
        np.stack([cell.collapsed for cell in cells]),
        diverged,
        np.array([cell.queued for cell in cells]),
    )
    trained = np.stack([_trained(cell, each.unstable) for cell, each in zip(cells, bad, strict=True)])
    finals = np.stack([_final(cell, num_epochs, curve) for cell, curve in zip(cells, surviving, strict=True)])  # (C, R)
    whole = np.where(np.isnan(finals)[..., np.newaxis], np.nan, surviving)
    return [
        CellStatistics(
            divergence=bad[index],
            final=final,
            band_width=None if bad[index].unstable else number(widths[index]),
            within_run=rough.over_seeds(index),
            reaching=None
            if threshold is None
            else epochs_to_threshold(
                surviving[index], cell.ended, cell.num_epochs, threshold, higher_is_better, cell.queued
            ),
            left_survivors=left_survivors(cell.seeds, curves[index], cell.diverged_epoch),
            bands=Bands(survivors=band_of(survivors, index), all=band_of(everyone, index)),
            area=area,
            mean_band=mean_band(whole[index][~np.isnan(whole[index]).any(axis=1)], share),
        )
        for index, (cell, final, area) in enumerate(
            zip(cells, describe_finals(finals, share, trained), describe_areas(whole, share), strict=True)
        )
    ]


def _final(cell: CellRuns, num_epochs: int, curves: Array) -> Array:
    """(num_runs,): the value in the last epoch of every run that trained to its end; NaN for the other runs."""
    if num_epochs < cell.num_epochs or num_epochs == 0:
        return np.full(len(cell.seeds), np.nan)
    return np.where(cell.ended, curves[:, cell.num_epochs - 1], np.nan)


def _trained(cell: CellRuns, unstable: bool) -> NDArray[np.bool_]:
    """(num_runs,), the runs that count in a spread: no run that diverged or collapsed, and none of an unstable cell."""
    return ~cell.collapsed & np.isnan(cell.diverged_epoch) & (not unstable)


def _widths(surviving: Array, survivors: EpochStats, diverged_epoch: Array, collapsed: NDArray[np.bool_]) -> Array:
    """(num_cells,): the mean width of the band over the runs that trained.

    Collapsed runs lie close together, at chance. Beside runs that trained they would look like spread, and alone they
    would look like calm. They are counted as divergence instead.

    Args:
        surviving: (num_cells, num_runs, num_epochs), the curves up to the divergence.
        survivors: Their statistics.
        diverged_epoch: (num_cells, num_runs), NaN if the run did not diverge.
        collapsed: (num_cells, num_runs), whether the run collapsed.
    """
    lost = collapsed | ~np.isnan(diverged_epoch)
    trained = describe(np.where(lost[..., np.newaxis], np.nan, surviving)) if lost.any() else survivors
    return band_width(trained)
