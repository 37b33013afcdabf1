"""What the runs say of a task's hypotheses."""

from collections.abc import Sequence

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Finding, Task


def judge_hypotheses(task: Task, cells: Sequence[CellSummary], experiment: str | None) -> Sequence[Finding]:
    """cells: of a summary of the task's default metric. Empty for a task without hypotheses."""
    if task.hypotheses is None:
        return []
    levels = task.hypotheses.levels.items()
    about = [cell for cell in cells if all(cell.levels[factor] in among for factor, among in levels)]
    effects = which_mattered(about, task.metric(task.default_metric), experiment) if about else None
    return task.hypotheses.judge(cells, effects)
