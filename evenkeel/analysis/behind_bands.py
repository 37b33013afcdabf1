"""How many seeds stand behind a band where it has the fewest: what may be said of the next seed rests on that."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from evenkeel.analysis.facts import CellFacts, Curve

Whose = Literal["survivors", "all"]  # the runs behind a band


def fewest_seeds(cells: Iterable[CellFacts], whose: Whose = "survivors") -> int | None:
    """Over the epochs of the cells' bands; None where no run has got to an epoch.

    A seed that two experiments trained counts once: its second run tells nothing new. An epoch that no run survived to
    has no band and does not count.
    """
    return min((n for cell in cells for n in _seeds_behind(cell, whose) if n), default=None)


def _seeds_behind(cell: CellFacts, whose: Whose) -> list[int]:
    """(num_epochs,): distinct seeds."""
    runs = (cell.bands.survivors if whose == "survivors" else cell.bands.all).n
    if not cell.repeated_seeds:
        return runs
    return [n - _repeats(cell, epoch, whose) for epoch, n in enumerate(runs, 1)]


def _repeats(cell: CellFacts, epoch: int, whose: Whose) -> int:
    """Runs behind the band at this epoch whose seed stands there already."""
    times = Counter(curve.seed for curve in cell.curves if _counts(curve, epoch, whose))
    return sum(n - 1 for n in times.values())


def _counts(curve: Curve, epoch: int, whose: Whose) -> bool:
    if curve.diverged_epoch is not None and epoch >= curve.diverged_epoch:
        return whose == "all"
    return epoch <= len(curve.values) and curve.values[epoch - 1] is not None
