"""Checks a task's hypotheses against its runs."""

from collections.abc import Sequence
from itertools import product

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Finding, Hypotheses, Task


def judge_hypotheses(task: Task, cells: Sequence[CellSummary], experiment: str | None) -> Sequence[Finding]:
    """Judge each hypothesis of the task by the runs.

    Args:
        cells: Cells of a summary of the task's default metric.
        experiment: The experiment that the summary is about; None for all.

    Returns:
        One finding for each hypothesis; empty if the task has none, or if they are about other cells than these.
    """
    if task.hypotheses is None:
        return []
    about = cells_about(task.hypotheses, cells)
    if not about:
        return []
    effects = which_mattered(task, about, task.metric(task.default_metric), experiment)
    return task.hypotheses.judge(cells, effects)


def cells_about(hypotheses: Hypotheses, cells: Sequence[CellSummary]) -> list[CellSummary]:
    """The cells that the hypotheses are about: one for each combination of their levels.

    Returns:
        The cells; all of them if the hypotheses name no level. None if a combination is missing, or if there are
        several cells with it: in a study of another factor, nobody could say which of them is meant.
    """
    factors = list(hypotheses.levels)
    if not factors:
        return list(cells)
    wanted = sorted(map(repr, product(*hypotheses.levels.values())))
    if any(factor not in cell.levels for cell in cells for factor in factors):
        return []
    among = [cell for cell in cells if all(cell.levels[factor] in found for factor, found in hypotheses.levels.items())]
    found = sorted(repr(tuple(cell.levels[factor] for factor in factors)) for cell in among)
    return among if found == wanted else []
