"""What a figure of bands says in words: the name of a line, how many seeds stand behind it, and the caption."""

import math
import re
from collections.abc import Sequence

from evenkeel.analysis.figures.levels import call_level, name_cell
from evenkeel.analysis.figures.traces import Whose, has_fewer
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.stability.evidence import EvidenceLevel, inside_next


def series_of(task: Task, cell: CellSummary) -> str:
    """What tells a line from the others in its panel: its level of `Task.panels.line`, and what the label adds to the
    three factors that name a cell."""
    more = cell.cell.removeprefix(name_cell(task, cell.levels)).lstrip("-")
    more = re.sub(r"-(?=\w+=)", ", ", more)
    name = call_level(task, task.panels.line, cell.levels[task.panels.line])
    return f"{name}, {more}" if more else name


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
    """Of several n, the smallest."""
    n = min(cell.evidence.n for cell in cells)
    chance = f"the next seed falls inside with probability (n-1)/(n+1): {100 * inside_next(n):.0f} % at n = {n}"
    if band == "survivors":
        return f"Line: mean over surviving seeds. Band: lowest to highest; {chance}, if it survives."
    return f"Line: mean over all seeds; one that diverged {_counts(metric)}. Band: lowest to highest; {chance}."


def _counts(metric: Metric) -> str:
    if math.isfinite(metric.worst):
        return f"counts as {metric.worst:g} from then on"
    return f"counts as {'minus ' if metric.worst < 0 else ''}infinity: there the line ends"


def _evidence_in_all(cells: Sequence[CellSummary]) -> str:
    """Of the cell with the fewest seeds."""
    weakest = min((cell.evidence for cell in cells), key=lambda evidence: evidence.n)
    least = " at the least" if len({cell.evidence.n for cell in cells}) > 1 else ""
    return f"Evidence: {weakest.level} (n = {weakest.n}{least}), {weakest.says}. {weakest.more}".strip()
