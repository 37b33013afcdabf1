"""Counts the seeds behind the bands. The smallest count decides what may be said about the next seed."""

from collections.abc import Iterable
from typing import Literal

from evenkeel.analysis.facts import CellFacts

Whose = Literal["survivors", "all"]  # the runs that a band counts


def fewest_seeds(cells: Iterable[CellFacts], whose: Whose = "survivors") -> int | None:
    """The smallest number of seeds behind the cells' bands, over all their epochs.

    An epoch that no run survived to has no band and does not count.

    Returns:
        None if no run has reached an epoch.
    """
    return min((n for cell in cells for n in _seeds_behind(cell, whose) if n), default=None)


def _seeds_behind(cell: CellFacts, whose: Whose) -> list[int]:
    """(num_epochs,): the number of seeds at each epoch."""
    return (cell.bands.survivors if whose == "survivors" else cell.bands.all).n
