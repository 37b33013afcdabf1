"""Counts the seeds behind the bands. The smallest count decides what may be said about the next seed."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from evenkeel.analysis.facts import CellFacts, Curve

Whose = Literal["survivors", "all"]  # the runs that a band counts


def fewest_seeds(cells: Iterable[CellFacts], whose: Whose = "survivors") -> int | None:
    """The smallest number of seeds behind the cells' bands, over all their epochs.

    A seed that two experiments trained counts once, because its second run adds nothing new. An epoch that no run
    survived to has no band and does not count.

    Returns:
        None if no run has reached an epoch.
    """
    return min((n for cell in cells for n in _seeds_behind(cell, whose) if n), default=None)


def _seeds_behind(cell: CellFacts, whose: Whose) -> list[int]:
    """(num_epochs,): the number of distinct seeds at each epoch."""
    runs = (cell.bands.survivors if whose == "survivors" else cell.bands.all).n
    if not cell.repeated_seeds:
        return runs
    return [n - _repeats(cell, epoch, whose) for epoch, n in enumerate(runs, 1)]


def _repeats(cell: CellFacts, epoch: int, whose: Whose) -> int:
    """The number of runs behind the band at this epoch that repeat the seed of another run."""
    times = Counter(curve.seed for curve in cell.curves if _counts(curve, epoch, whose))
    return sum(n - 1 for n in times.values())


def _counts(curve: Curve, epoch: int, whose: Whose) -> bool:
    if curve.diverged_epoch is not None and epoch >= curve.diverged_epoch:
        return whose == "all"
    return epoch <= len(curve.values) and curve.values[epoch - 1] is not None
