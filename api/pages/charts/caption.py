"""Writes what stands under a chart of bands: which cells are drawn, and what the lines and areas mean."""

from collections.abc import Sequence

from evenkeel.analysis.behind_bands import fewest_seeds
from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.captions import counts_as
from evenkeel.figures.traces import Drawn, drawn_values, has_fewer, shares_from, shows_shares
from evenkeel.plugins import Metric, Outcome
from evenkeel.statistics.evidence import EvidenceLevel, inside_next

OF_THE_MEAN = (
    "Line: mean over the seeds that finished and did not diverge. Band: where the true mean curve lies, with 95 % at "
    "all epochs at once. A single seed may lie far outside."
)


def which_cells(shown: int, of: int) -> str:
    """Empty if all cells are drawn."""
    if shown == of:
        return ""
    best, worst = shown - shown // 2, shown // 2
    return (
        f"{shown} of {of:,} cells are drawn: the {best} best and the {worst} worst by their final value. Choose levels "
        "above to see others."
    )


def caption_of(cells: Sequence[CellSummary], metric: Metric, band: Drawn, traces: bool) -> str:
    """What a reader needs to know of the lines and areas.

    Args:
        traces: Whether each seed's curve is drawn.
    """
    banded = [cell for cell in cells if cell.evidence.level != EvidenceLevel.TRACES]
    parts = [_band(banded, metric, band)] if banded else []
    if len(banded) < len(cells):
        parts.append("A cell with fewer than 3 finished seeds has a line for each seed, and no band.")
    if traces and banded:
        parts.append("Thin lines: each seed.")
    if any(cell.num_runs.outcome[Outcome.DIVERGED] for cell in cells):
        parts.append("Cross: the last value of a seed that diverged.")
    if any(has_fewer(cell, band) for cell in banded):
        parts.append("Hatched in grey: fewer seeds than started, because some diverged or still train.")
    if shows_shares(metric) and (begins := shares_from([v for cell in cells for v in drawn_values(cell, band)])):
        parts.append(f"The axis begins at {begins:g}, not at 0.")
    return " ".join(parts)


def _band(cells: Sequence[CellSummary], metric: Metric, band: Drawn) -> str:
    if band == "mean":
        return OF_THE_MEAN
    survives = band == "survivors"
    of = "the seeds that did not diverge" if survives else f"all seeds; one that diverged {counts_as(metric)}"
    n = fewest_seeds(cells, band)
    held = "" if n is None else _held(n, survives)
    return f"Line: mean over {of}. Band: lowest to highest of them.{held}"


def _held(n: int, survives: bool) -> str:
    """How often one more seed falls inside a band of n seeds."""
    if_so = " that does not diverge" if survives else ""
    chance = f"{100 * inside_next(n):.0f} %"
    return (
        f" With {n} seeds, one more seed{if_so} falls inside the band at a given epoch with a probability of {chance}."
    )
