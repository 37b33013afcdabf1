"""Finds out which factors mattered, over the cells of a summary."""

from collections.abc import Sequence

import numpy as np

from evenkeel.analysis.finished import BAD, final_value, finished_curves, to_floats
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.effects import answer
from evenkeel.analysis.wording.notes import note_says, unfinished_says
from evenkeel.grids.levels import in_order
from evenkeel.lab.left_out import LeftOut
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.result import about, result
from evenkeel.stability import effects
from evenkeel.stability.curves import stack_curves, with_worst
from evenkeel.stability.terms import Contrast, Response, Responses, Term

__all__ = ["Contrast", "Effects", "Response", "Responses", "Term", "which_mattered"]


@result
class Effects(effects.Extent):
    metric: str = about("Name of the metric.")
    experiment: str | None = about("Name of the experiment that the cells belong to; null for all experiments.")
    notes: list[str] = about("Sentences that say what was left out or could not be estimated.")
    responses: Responses = about("What each factor did to the final value, to the spread and to divergence.")
    answer: str = about("Sentences that say which factors mattered, and how sure that is.")
    left_out: list[LeftOut] = about("Cells that cannot be read here. The effects are not about them.")


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
    unfinished = len(cells) - len(ended)
    diverged_epoch = to_floats([curve.diverged_epoch for _, curve in finished])
    curves = stack_curves([to_floats(curve.values) for _, curve in finished])
    final = np.array([final_value(cells[index], curve, metric) for index, curve in finished], np.float64)
    if np.isfinite(metric.worst):
        curves = with_worst(curves, diverged_epoch, metric.worst)
    else:
        # No model of the values can include infinity, so a diverged run counts only for the divergence.
        gone = [curve.outcome is Outcome.DIVERGED for _, curve in finished]
        curves[gone] = np.nan
        final[gone] = np.nan
    found = effects.effects(
        [cell.levels for cell in cells],
        np.array([index for index, _ in finished], np.int64),
        final,
        curves,
        np.array([curve.outcome in BAD for _, curve in finished], np.bool_),
        order={
            factor: in_order(task, factor, (cell.levels[factor] for cell in cells))
            for factor in (cells[0].levels if cells else ())
        },
    )
    return Effects(
        metric=metric.name,
        experiment=experiment,
        factors=found.factors,
        num_cells=found.num_cells,
        missing_cells=found.missing_cells,
        num_runs=found.num_runs,
        seeds_per_cell=found.seeds_per_cell,
        notes=[
            *([unfinished_says(unfinished, len(cells))] if unfinished else []),
            *(note_says(note) for note in found.notes),
        ],
        responses=found.responses,
        answer=answer(found, metric.name, unfinished),
        left_out=list(left_out),
    )
