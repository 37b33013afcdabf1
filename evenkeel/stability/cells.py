"""Everything that the runs of a cell say together, for many cells of one shape at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenkeel.result import about, result
from evenkeel.stability.bands import Bands, band_of
from evenkeel.stability.curves import Array, band_width, describe, stack_curves, until_divergence, with_worst
from evenkeel.stability.divergence import Divergence, LeftSurvivors, count_bad, left_survivors
from evenkeel.stability.final import FinalStats, describe_finals
from evenkeel.stability.reaching import Reaching, epochs_to_threshold
from evenkeel.stability.values import Value, number
from evenkeel.stability.within_run import WithinRun, roughness


@result
class CellStatistics:
    divergence: Divergence = about("How many runs came to nothing.")
    final: FinalStats = about("Over the seeds, at the last epoch.")
    band_width: Value = about("Mean over epochs with n >= 2 of max - min, of the survivors.")
    within_run: WithinRun = about("How rough the single runs are.")
    reaching: Reaching | None = about("Epochs to the threshold; null where none was asked for.")
    left_survivors: list[LeftSurvivors] = about("Of each diverged run, when it went astray.")
    bands: Bands = about("Over the seeds, epoch by epoch.")


@dataclass(frozen=True)
class CellRuns:
    """The runs of a cell that count, those training and those that finished, in the order of `seeds`.

    values, losses: the metric and the training loss as far as each run got. ended, collapsed: (num_runs,) bool.
    diverged_epoch: (num_runs,), from 1, NaN for never. num_epochs: that a run of this cell trains.
    """

    seeds: list[int]
    values: list[Array]
    losses: list[Array]
    ended: NDArray[np.bool_]
    collapsed: NDArray[np.bool_]
    diverged_epoch: Array
    num_epochs: int

    @property
    def shape(self) -> tuple[int, int]:
        """(num_runs, epochs that at least one of them has, or would have had it not diverged)."""
        longest = max((len(values) for values in self.values), default=0)
        return len(self.seeds), self.num_epochs if np.any(~np.isnan(self.diverged_epoch)) else longest


def describe_cells(
    cells: Sequence[CellRuns], higher_is_better: bool, worst: float, threshold: float | None = None
) -> list[CellStatistics]:
    """Of each cell. worst: what counts for a run from the epoch on in which it diverged; it may be infinite."""
    by_shape: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, cell in enumerate(cells):
        by_shape[cell.shape].append(index)
    found: dict[int, CellStatistics] = {}
    for (_, num_epochs), indices in by_shape.items():
        group = [cells[index] for index in indices]
        described = _describe_group(group, num_epochs, higher_is_better, worst, threshold)
        found |= dict(zip(indices, described, strict=True))
    return [found[index] for index in range(len(cells))]


def _describe_group(
    cells: Sequence[CellRuns], num_epochs: int, higher_is_better: bool, worst: float, threshold: float | None
) -> list[CellStatistics]:
    curves = np.stack([stack_curves(cell.values, num_epochs) for cell in cells])  # (C, R, E)
    losses = np.stack([stack_curves(cell.losses, num_epochs) for cell in cells])
    diverged = np.stack([cell.diverged_epoch for cell in cells])  # (C, R)
    surviving = until_divergence(curves, diverged)
    survivors = describe(surviving)
    everyone = describe(with_worst(curves, diverged, worst))
    widths = band_width(survivors)
    rough = roughness(surviving, until_divergence(losses, diverged), higher_is_better)
    bad = count_bad(np.stack([cell.ended for cell in cells]), np.stack([cell.collapsed for cell in cells]), diverged)
    finals = np.stack([_final(cell, num_epochs, curve) for cell, curve in zip(cells, surviving, strict=True)])  # (C, R)
    return [
        CellStatistics(
            divergence=bad[index],
            final=final,
            band_width=number(widths[index]),
            within_run=rough.over_seeds(index),
            reaching=None
            if threshold is None
            else epochs_to_threshold(surviving[index], cell.ended, cell.num_epochs, threshold, higher_is_better),
            left_survivors=left_survivors(cell.seeds, curves[index], cell.diverged_epoch),
            bands=Bands(survivors=band_of(survivors, index), all=band_of(everyone, index)),
        )
        for index, (cell, final) in enumerate(zip(cells, describe_finals(finals), strict=True))
    ]


def _final(cell: CellRuns, num_epochs: int, curves: Array) -> Array:
    """(num_runs,): the last epoch's value of the runs that trained to their end; NaN for others."""
    if num_epochs < cell.num_epochs or num_epochs == 0:
        return np.full(len(cell.seeds), np.nan)
    return np.where(cell.ended, curves[:, cell.num_epochs - 1], np.nan)
