"""Writes the words of a figure of bands: the number of seeds behind each line, and the caption."""

import math
from collections.abc import Sequence

import numpy as np

from evenkeel.analysis.behind_bands import Whose, fewest_seeds
from evenkeel.analysis.finished import to_floats
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.divergence import so_far
from evenkeel.figures.lettering import Words
from evenkeel.figures.traces import Drawn, drawn_values, has_fewer, shares_from, shows_shares
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.statistics.evidence import EvidenceLevel, inside_next
from evenkeel.statistics.inside import curves_inside_the_others

MEAN_BAND = (
    "Line: mean over surviving seeds that finished. Band: 95 % band of the mean curve. It contains the whole curve of "
    "the true mean, at all epochs at once, with 95 %. It says nothing of where the next seed will be."
)


def evidence_of(cell: CellSummary) -> str:
    """'n = 3', or 'n = 2-3' if fewer seeds count at some epochs; then how many runs diverged and collapsed."""
    counts = cell.bands.survivors.n or [0]
    n = f"n = {max(counts)}" if min(counts) == max(counts) else f"n = {min(counts)}\N{EN DASH}{max(counts)}"
    bad = (cell.divergence.diverged, Outcome.DIVERGED), (cell.divergence.collapsed, Outcome.COLLAPSED)
    return ", ".join([n, *(f"{count} {outcome}{so_far(cell.divergence)}" for count, outcome in bad if count)])


def notes_on(task: Task, cells: Sequence[CellSummary]) -> str:
    """What the task says about the cells that are drawn, for the end of a caption. It may be empty."""
    notes = task.notes_of(task.parameters.model_validate(cell.levels) for cell in cells)
    return "".join(f" {note[:1].upper()}{note[1:]}" for note in notes)


def caption_of(cells: Sequence[CellSummary], metric: Metric, band: Drawn) -> Words:
    """What the lines, bands, crosses and hatching mean that are drawn, and what the seeds can show."""
    banded = [cell for cell in cells if cell.evidence.level != EvidenceLevel.TRACES]
    parts = [_line_and_band(banded, metric, band)] if banded else []
    crossed = any(cell.num_runs.outcome[Outcome.DIVERGED] for cell in cells)
    parts.append(f"Thin lines: each seed{', with a cross where it diverged' if crossed else ''}.")
    if any(has_fewer(cell, band) for cell in banded):
        parts.append("Hatched in grey: fewer seeds than started, because some diverged or still train.")
    if shows_shares(metric) and (begins := shares_from([v for cell in cells for v in drawn_values(cell, band)])):
        parts.append(f"The axis begins at {begins:g}, not at 0.")
    return Words(" ".join([*parts, _evidence_in_all(cells)]), _short(banded, band, crossed))


def _short(banded: Sequence[CellSummary], band: Drawn, crossed: bool) -> str:
    each = f"each seed{' (cross: it diverged)' if crossed else ''}"
    if not banded:
        return f"{each[:1].upper()}{each[1:]}."
    if band == "mean":
        return f"Mean, its 95 % band over all epochs, and {each}."
    n = fewest_seeds(banded, band)
    held = "" if n is None else f" At one epoch, the range holds the next seed with {100 * inside_next(n):.0f} %."
    return f"Mean and range over the seeds, and {each}.{held}"


def _line_and_band(cells: Sequence[CellSummary], metric: Metric, band: Drawn) -> str:
    if band == "mean":
        return MEAN_BAND
    survives = band == "survivors"
    line = "surviving seeds" if survives else f"all seeds; a seed that diverged {counts_as(metric)}"
    n = fewest_seeds(cells, band)
    if n is None:
        return f"Line: mean over {line}. Band: lowest to highest seed."
    return (
        f"Line: mean over {line}. Band: lowest to highest seed. At any one epoch, the next seed falls inside with "
        f"probability (n-1)/(n+1){', if it survives' if survives else ''}. This is {100 * inside_next(n):.0f} % for "
        f"the fewest seeds, n = {n}.{_whole_curves(cells, band)}"
    )


def _whole_curves(cells: Sequence[CellSummary], band: Whose) -> str:
    """How many of the drawn seeds stay inside the band of the others over all epochs; empty for a single epoch."""
    curves = [_whole(cell) for cell in cells]
    measured = [each for each in curves if len(each) >= 3 and each.shape[1] > 1]
    if not measured:
        return ""
    seeds, inside = sum(map(len, measured)), sum(map(curves_inside_the_others, measured))
    return (
        f" Its whole curve stays inside less often: of {seeds} seeds that finished, {inside or 'none'} "
        f"{'lies' if inside < 2 else 'lie'} at every epoch inside the band of the other seeds of the cell."
    )


def _whole(cell: CellSummary) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(num_runs, num_epochs): the curves that count and have a value in every epoch."""
    num_epochs = len(cell.bands.survivors.n)
    curves = [
        to_floats(curve.values)
        for curve in cell.curves
        if curve.counted and curve.outcome not in (None, Outcome.DIVERGED) and len(curve.values) == num_epochs
    ]
    found = np.array(curves, np.float64).reshape(len(curves), num_epochs)
    return found[np.isfinite(found).all(axis=1)]


def counts_as(metric: Metric) -> str:
    """What a run that diverged counts as, from then on."""
    if math.isfinite(metric.worst):
        return f"counts as {metric.worst:g} from then on"
    return f"counts as {'minus ' if metric.worst < 0 else ''}infinity, and the line ends there"


def _evidence_in_all(cells: Sequence[CellSummary]) -> str:
    """What the cell with the fewest seeds can show."""
    weakest = min((cell.evidence for cell in cells), key=lambda evidence: evidence.n)
    least = " at least" if len({cell.evidence.n for cell in cells}) > 1 else ""
    return f"Evidence: {weakest.level} (n = {weakest.n}{least}): {weakest.says}. {weakest.more}".strip()
