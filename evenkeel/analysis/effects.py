"""Finds out which factors mattered, over the cells of a summary."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evenkeel.analysis.facts import Evidence
from evenkeel.analysis.finished import BAD, final_value, finished_curves, has_trained, to_floats
from evenkeel.analysis.looks import look_at
from evenkeel.analysis.summary import SampledCell
from evenkeel.analysis.wording.breaking import where_it_breaks
from evenkeel.analysis.wording.counted import Others, final_called, rests_says
from evenkeel.analysis.wording.effects import answer, headline
from evenkeel.analysis.wording.looks import look_says
from evenkeel.analysis.wording.notes import (
    cancelled_says,
    lost_says,
    note_says,
    same_cells_says,
    unfinished_says,
    unstable_says,
)
from evenkeel.analysis.wording.sensitivity import sensitivity_says
from evenkeel.factors import effects
from evenkeel.factors.sensitivity import Sensitivity
from evenkeel.factors.terms import Contrast, Note, NoteKind, Response, Responses, Term
from evenkeel.factors.trend import Trend
from evenkeel.grids.levels import Levels, in_order, levels_in_use
from evenkeel.plugins import Metric, Outcome, Task
from evenkeel.records.imports import is_imported
from evenkeel.records.left_out import LeftOut
from evenkeel.records.status import Status
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
    sensitivity: list[Sensitivity] = about(
        "For each ordered numeric factor, at each combination of the other factors: how sensitive the final value is.",
        default_factory=list,
    )
    trends: list[Trend] = about(
        "For each ordered numeric factor: the final value at each level against that at the level before it.",
        default_factory=list,
    )
    look: int = about(
        "Which look at these cells this is: 1, and 1 more for each time that seeds were added after runs had finished.",
        default=1,
    )
    level: float = about("A factor matters if its p_holm is at most this. Later looks have less.", default=LEVEL)
    headline: str = about("The most important part of `answer`, in a sentence.", default="")
    rests: str = about(
        "Which runs the answer counts: of how many cells, and what is left out until every seed has ended.", default=""
    )
    evidence: Evidence | None = about(
        "What the seeds of the cell with the fewest finished seeds can show; null without cells.", default=None
    )


def which_mattered(
    task: Task,
    cells: Sequence[SampledCell],
    metric: Metric,
    experiment: str | None,
    left_out: Sequence[LeftOut] = (),
    start_value: float | None = None,
    *,
    permutations: int = 9999,
) -> Effects:
    """Estimate what each factor did, from the runs of the cells of which every seed has ended.

    Args:
        task: The task of the cells. It says in which order levels stand, and so which one the others are compared with.
        cells: Cells of a summary of the metric.
        experiment: The experiment that the summary is about; None for all.
        left_out: The cells that the summary leaves out.
        start_value: The metric before training, if it is known. In the sensitivities, no run counts with a worse value.
        permutations: How many permutations a test makes. Fewer are made if there are many runs.
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
    levels = levels_in_use(task, [cell.levels for cell in cells])
    order = {factor: in_order(task, factor, (each[factor] for each in levels)) for factor in (levels or [{}])[0]}
    look = look_at(cells)
    found = effects.effects(
        levels,
        np.array([index for index, _ in finished], np.int64),
        final,
        curves,
        np.array([curve.outcome in BAD for _, curve in finished], np.bool_),
        permutations=permutations,
        order=order,
        seeds=np.array([curve.seed for _, curve in finished], np.int64),
        higher_is_better=metric.higher_is_better,
        start=start_value,
        level=look.level,
    )
    breaking, others = _breaking(task, cells, levels, order), _others(cells)
    name = task.call(metric.name).removesuffix(f" ({metric.unit})")
    diverged = sum(curve.outcome is Outcome.DIVERGED for _, curve in finished)
    final_name = final_called(name, diverged, metric.worst)
    says = answer(found, final_name, breaking, others, task.call)
    terms = found.responses.final.terms
    along = sensitivity_says(found.sensitivity, found.trends, terms, name, look.level, task.call)
    return Effects(
        metric=metric.name,
        experiment=experiment,
        factors=found.factors,
        num_cells=found.num_cells,
        missing_cells=found.missing_cells,
        num_runs=found.num_runs,
        seeds_per_cell=found.seeds_per_cell,
        notes=[
            *_left_out(task, cells),
            *(note_says(note, [cell.cell for cell in cells]) for note in found.notes if _adds(note, cells)),
        ],
        responses=found.responses,
        answer=" ".join(filter(None, [says, along, look_says(look) if found.factors and found.num_runs else ""])),
        left_out=list(left_out),
        sensitivity=found.sensitivity,
        trends=found.trends,
        look=look.number,
        level=look.level,
        headline=headline(found, final_name, breaking, others, task.call),
        rests=rests_says(found, others) if found.factors and found.num_runs else "",
        evidence=min((cell.evidence for cell in cells), key=lambda each: each.n, default=None),
    )


def _left_out(task: Task, cells: Sequence[SampledCell]) -> list[str]:
    """What is left out because cells are the same, seeds have not ended, or runs diverged or collapsed."""
    same = [each.levels for cell in cells for each in cell.same_cells]
    differ = [factor for factor in task.factors if any(factor in levels for levels in same)]
    going = [cell for cell in cells if cell.divergence.unfinished]
    cancelled = any(cell.num_runs.status[Status.CANCELLED] for cell in going)
    ended = [cell.divergence for cell in cells if not cell.divergence.unfinished]
    unstable, lost = sum(each.unstable for each in ended), sum(each.diverged + each.collapsed for each in ended)
    return [
        *([same_cells_says(len(same), differ)] if same else []),
        *([unfinished_says(len(going), len(cells))] if going else []),
        *([cancelled_says(is_imported(task.name))] if cancelled else []),
        *([unstable_says(unstable, len(cells))] if unstable else []),
        *([lost_says(lost)] if lost else []),
    ]


def _adds(note: Note, cells: Sequence[SampledCell]) -> bool:
    """Whether the note says something that `_left_out` does not."""
    told = sum(cell.divergence.unstable or cell.divergence.unfinished > 0 for cell in cells)
    return note.kind is not NoteKind.NO_SPREAD or note.count > told


def _others(cells: Sequence[SampledCell]) -> Others:
    going = [cell.divergence for cell in cells if cell.divergence.unfinished]
    return Others(len(going), sum(each.n for each in going), sum(each.diverged + each.collapsed for each in going))


def _breaking(
    task: Task, cells: Sequence[SampledCell], levels: Sequence[Levels], order: Mapping[str, Sequence[Any]]
) -> str:
    """Where training breaks, as far as it is known."""
    known = [
        (each, cell.divergence.unstable)
        for cell, each in zip(cells, levels, strict=True)
        if cell.divergence.unstable or cell.divergence.rate is not None
    ]
    named = [{task.call(factor): level for factor, level in each.items()} for each, _ in known]
    unstable = [bad for _, bad in known]
    return where_it_breaks(named, unstable, {task.call(factor): found for factor, found in order.items()})
