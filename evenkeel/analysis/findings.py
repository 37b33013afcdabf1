"""What the runs say of the claims that a task was made to test."""

from collections.abc import Sequence

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Finding, Task


def find(task: Task, cells: Sequence[CellSummary], experiment: str | None) -> Sequence[Finding]:
    """cells: of a summary of the task's default metric. Empty for a task without claims."""
    if task.claims is None:
        return []
    levels = task.claims.levels.items()
    about = [cell for cell in cells if all(cell.levels[factor] in among for factor, among in levels)]
    effects = which_mattered(about, task.metric(task.default_metric), experiment) if about else None
    return task.claims.judge(cells, effects)
