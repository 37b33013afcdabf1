"""Finds out which factors mattered, over the cells of a summary."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evenkeel.analysis.finished import BAD, final_value, finished_curves, has_trained, to_floats
from evenkeel.analysis.looks import look_at
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.breaking import where_it_breaks
from evenkeel.analysis.wording.effects import answer
from evenkeel.analysis.wording.looks import look_says
from evenkeel.analysis.wording.notes import lost_says, note_says, unfinished_says, unstable_says
from evenkeel.factors import effects
from evenkeel.factors.terms import Contrast, Note, NoteKind, Response, Responses, Term
from evenkeel.grids.levels import in_order
from evenkeel.lab.left_out import LeftOut
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.result import about, result
from evenkeel.statistics.curves import stack_curves
from evenkeel.statistics.multiple import LEVEL

__all__ = ["Contrast", "Effects", "Response", "Responses", "Term", "which_mattered"]


@result
class Effects(effects.Extent):
    metric: str = about("Name of the metric.")
    experiment: str | None = about("Name of the experiment that the cells belong to; null for all experiments.")
    notes: list[str] = about("Sentences that say what was left out or could not be estimated.")
    responses: Responses = about("What each factor did to the final value, to the spread and to divergence.")
    answer: str = about("Sentences that say which factors mattered, and how sure that is.")
    left_out: list[LeftOut] = about("Cells that cannot be read here. The effects are not about them.")
    look: int = about(
        "Which look at these cells this is: 1, and 1 more for each time that seeds were added after runs had finished.",
        default=1,
    )
    level: float = about("A factor matters if its p_holm is at most this. Later looks have less.", default=LEVEL)


def which_mattered(
    task: Task, cells: Sequence[CellSummary], metric: Metric, experiment: str | None, left_out: Sequence[LeftOut] = ()
) -> Effects:
    """Estimate what each factor did, from the runs of the cells of which every seed has ended.

    Args:
        task: The task of the cells. It says in which order levels stand, and so which one the others are compared with.
        cells: Cells of a summary of the metric.
        experiment: The experiment that the summary is about; None for all.
        left_out: The cells that the summary leaves out.
    """
    # Diverged runs end first, so the finished runs of a cell are no fair sample before every seed of it has ended.
    ended = [(index, cell) for index, cell in enumerate(cells) if not cell.divergence.unfinished]
    finished = [(index, curve) for index, cell in ended for curve in finished_curves(cell)]
    curves = stack_curves([to_floats(curve.values) for _, curve in finished])
    final = np.array([final_value(cells[index], curve, metric) for index, curve in finished], np.float64)
    # A spread is of runs that trained: the others lie close together at chance, or far away at the worst value.
    curves[[not has_trained(cells[index], curve) for index, curve in finished]] = np.nan
    if not np.isfinite(metric.worst):
        # No model of the values can include infinity, so a diverged run counts only for the divergence.
        final[[curve.outcome is Outcome.DIVERGED for _, curve in finished]] = np.nan
    order = {
        factor: in_order(task, factor, (cell.levels[factor] for cell in cells))
        for factor in (cells[0].levels if cells else ())
    }
    look = look_at(cells)
    found = effects.effects(
        [cell.levels for cell in cells],
        np.array([index for index, _ in finished], np.int64),
        final,
        curves,
        np.array([curve.outcome in BAD for _, curve in finished], np.bool_),
        order=order,
        seeds=np.array([curve.seed for _, curve in finished], np.int64),
        level=look.level,
    )
    says = answer(found, metric.name, _breaking(cells, order), len(cells) - len(ended))
    return Effects(
        metric=metric.name,
        experiment=experiment,
        factors=found.factors,
        num_cells=found.num_cells,
        missing_cells=found.missing_cells,
        num_runs=found.num_runs,
        seeds_per_cell=found.seeds_per_cell,
        notes=[*_left_out(cells), *(note_says(note) for note in found.notes if _adds(note, cells))],
        responses=found.responses,
        answer=f"{says} {look_says(look)}" if found.factors and found.num_runs else says,
        left_out=list(left_out),
        look=look.number,
        level=look.level,
    )


def _left_out(cells: Sequence[CellSummary]) -> list[str]:
    """What is left out because seeds have not ended, or because runs diverged or collapsed."""
    unfinished = sum(cell.divergence.unfinished > 0 for cell in cells)
    ended = [cell.divergence for cell in cells if not cell.divergence.unfinished]
    unstable, lost = sum(each.unstable for each in ended), sum(each.diverged + each.collapsed for each in ended)
    return [
        *([unfinished_says(unfinished, len(cells))] if unfinished else []),
        *([unstable_says(unstable, len(cells))] if unstable else []),
        *([lost_says(lost)] if lost else []),
    ]


def _adds(note: Note, cells: Sequence[CellSummary]) -> bool:
    """Whether the note says something that `_left_out` does not."""
    told = sum(cell.divergence.unstable or cell.divergence.unfinished > 0 for cell in cells)
    return note.kind is not NoteKind.NO_SPREAD or note.count > told


def _breaking(cells: Sequence[CellSummary], order: Mapping[str, Sequence[Any]]) -> str:
    """Where training breaks, as far as it is known."""
    known = [cell for cell in cells if cell.divergence.unstable or cell.divergence.rate is not None]
    return where_it_breaks([cell.levels for cell in known], [cell.divergence.unstable for cell in known], order)
