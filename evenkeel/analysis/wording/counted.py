"""Says which runs an answer about factors counts, and how a diverged run counts in its final values."""

import math
from dataclasses import dataclass

from evenkeel.factors.effects import Effects


@dataclass(frozen=True)
class Others:
    """The cells that do not count yet, because some of their seeds have not ended.

    Attributes:
        cells: Number of these cells.
        finished: Number of their runs that have finished.
        lost: Number of these runs that diverged or collapsed.
    """

    cells: int = 0
    finished: int = 0
    lost: int = 0


NONE = Others()


def final_called(metric: str, diverged: int, worst: float) -> str:
    """The name of the final values, as in 'training accuracy (8 diverged runs count as 0)'.

    Args:
        metric: The name of the metric.
        diverged: How many of the runs that count diverged.
        worst: The value of a diverged run; infinite if it has none.
    """
    if not diverged:
        return metric
    runs = "the diverged run" if diverged == 1 else f"{diverged:,} diverged runs"
    if not math.isfinite(worst):
        return f"{metric} (without {runs})"
    return f"{metric} ({runs} {'counts' if diverged == 1 else 'count'} as {worst:g})"


def rests_says(found: Effects, others: Others) -> str:
    """What the answer rests on, and what it leaves out until every seed has ended. found: at least one run."""
    low, high = found.seeds_per_cell
    if not others.cells:
        seeds = f"{low}" if low == high else f"{low} to {high}"
        return f"This rests on {found.num_runs} runs in {found.num_cells} cells, with {seeds} seeds each."
    of = found.num_runs + others.finished
    rests = (
        f"This rests on {found.num_runs} of the {of} finished runs: those in the {found.num_cells - others.cells} "
        f"cells, of {found.num_cells}, in which every seed has ended."
    )
    rest = "The other cell does" if others.cells == 1 else f"The other {others.cells} cells do"
    lost = f"; so far, {others.lost} of their runs diverged or collapsed" if others.lost else ""
    return f"{rests} {rest} not count yet{lost}."
