"""What pages ask about one cell: of the cell, or of a run of it."""

from typing import Any

from pydantic import BaseModel

from api.heavy.work import Work
from api.news import after_news
from api.questions import Question, Reading, find_cells
from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.cells import KnownCell

PLAIN = (str, int, float, bool, type(None))


class OneCell(BaseModel):
    """A question about a cell.

    Attributes:
        levels: By these the cell is found. Cells that count as this one differ only in others.
        seed: The seed of the run that it is asked for; None for all of them.
    """

    experiment: str
    cell: str
    hash: str
    task: str
    metric: str
    levels: dict[str, Any]
    seed: int | None = None


def query_of(cell: KnownCell, metric: str, seed: int | None = None) -> OneCell:
    """The question about a cell. Only runs of the cell, or of cells that count as it, change its answer."""
    used = {
        factor: level
        for factor, level in cell.levels.items()
        if factor not in cell.made.ignored and isinstance(level, PLAIN)
    }
    return OneCell(
        experiment=cell.row.experiment,
        cell=cell.cell,
        hash=cell.hash,
        task=cell.made.task.name,
        metric=metric,
        levels=used,
        seed=seed,
    )


def ask(cell: KnownCell, metric: str, answer: Any, seed: int | None = None) -> Work:
    """The work for a part of a page about a cell."""
    return Work(answer, query_of(cell, metric, seed), "html", question_of)


def question_of(query: OneCell, reading: Reading) -> Question:
    """The cell as a question. Raises QueryError if the task or the metric is no longer known."""
    return after_news(reading.lab.store, lambda: _question(query))


def read_cell(query: OneCell, reading: Reading) -> CellSummary:
    """What is known of the cell. Raises QueryError if it was deleted meanwhile."""
    for name, facts in find_cells(question_of(query, reading), reading).cells:
        if query.hash == facts.hash or query.hash in [each.hash for each in facts.same_cells]:
            return CellSummary.of(name, facts)
    raise QueryError("cell", f"{query.cell!r} is no longer there")


def _question(query: OneCell) -> Question:
    task = known_tasks().get(query.task)
    if task is None:
        raise QueryError("task", f"{query.task!r} is no longer known here")
    if query.metric not in [metric.name for metric in task.metrics]:
        allowed = ", ".join(metric.name for metric in task.metrics)
        raise QueryError("metric", f"{query.metric!r} is not a metric of the task {task.name!r}; allowed: {allowed}")
    filters = {factor: [level] for factor, level in query.levels.items() if factor in task.factors}
    return Question(task, task.metric(query.metric), query.experiment, filters)
