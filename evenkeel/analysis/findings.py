"""Checks a task's hypotheses against its runs."""

from collections.abc import Sequence

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.facts import CellSummary
from evenkeel.plugins import Finding, Task


def judge_hypotheses(task: Task, cells: Sequence[CellSummary], experiment: str | None) -> Sequence[Finding]:
    """Judge each hypothesis of the task by the runs.

    Args:
        cells: Cells of a summary of the task's default metric.
        experiment: The experiment that the summary is about; None for all.

    Returns:
        One finding for each hypothesis; empty if the task has none.
    """
    if task.hypotheses is None:
        return []
    levels = task.hypotheses.levels.items()
    about = [cell for cell in cells if all(cell.levels[factor] in among for factor, among in levels)]
    effects = which_mattered(task, about, task.metric(task.default_metric), experiment) if about else None
    return task.hypotheses.judge(cells, effects)
