"""What a figure of bands says in words: how many seeds stand behind a line, and the caption."""

import math
from collections.abc import Sequence

from evenkeel.analysis.behind_bands import Whose, fewest_seeds
from evenkeel.analysis.figures.traces import has_fewer
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.stability.evidence import EvidenceLevel, inside_next


def evidence_of(cell: CellSummary) -> str:
    """'n = 3', 'n = 2-3' where that many survived or are so far, and how many diverged and collapsed."""
    counts = cell.bands.survivors.n or [0]
    n = f"n = {max(counts)}" if min(counts) == max(counts) else f"n = {min(counts)}\N{EN DASH}{max(counts)}"
    bad = ((outcome, cell.num_runs.outcome[outcome]) for outcome in (Outcome.DIVERGED, Outcome.COLLAPSED))
    return ", ".join([n, *(f"{count} {outcome}" for outcome, count in bad if count)])


def notes_on(task: Task, cells: Sequence[CellSummary]) -> str:
    """What the task has to say of the cells that are drawn, to follow a caption; '' where that is nothing."""
    notes = task.notes_of(task.parameters.model_validate(cell.levels) for cell in cells)
    return "".join(f" {note[:1].upper()}{note[1:]}" for note in notes)


def caption_of(cells: Sequence[CellSummary], metric: Metric, band: Whose) -> str:
    """What line, band, cross and hatching stand for where they are, and what may be said with so few seeds."""
    banded = [cell for cell in cells if cell.evidence.level != EvidenceLevel.TRACES]
    parts = [_line_and_band(banded, metric, band)] if banded else []
    crossed = any(cell.num_runs.outcome[Outcome.DIVERGED] for cell in cells)
    parts.append(f"Thin: each seed{', with a cross where it diverged' if crossed else ''}.")
    if any(has_fewer(cell, band) for cell in banded):
        parts.append("Hatched, grey: fewer seeds than started, as some diverged or still train.")
    return " ".join([*parts, _evidence_in_all(cells)])


def _line_and_band(cells: Sequence[CellSummary], metric: Metric, band: Whose) -> str:
    survives = band == "survivors"
    line = "surviving seeds" if survives else f"all seeds; one that diverged {_counts(metric)}"
    n = fewest_seeds(cells, band)
    if n is None:
        return f"Line: mean over {line}. Band: lowest to highest."
    return (
        f"Line: mean over {line}. Band: lowest to highest; at any one epoch the next seed falls inside with "
        f"probability (n-1)/(n+1){', if it survives' if survives else ''}: {100 * inside_next(n):.0f} % at n = {n}, "
        "the fewest."
    )


def _counts(metric: Metric) -> str:
    if math.isfinite(metric.worst):
        return f"counts as {metric.worst:g} from then on"
    return f"counts as {'minus ' if metric.worst < 0 else ''}infinity: there the line ends"


def _evidence_in_all(cells: Sequence[CellSummary]) -> str:
    """Of the cell with the fewest seeds."""
    weakest = min((cell.evidence for cell in cells), key=lambda evidence: evidence.n)
    least = " at the least" if len({cell.evidence.n for cell in cells}) > 1 else ""
    return f"Evidence: {weakest.level} (n = {weakest.n}{least}), {weakest.says}. {weakest.more}".strip()
