"""Finds the cells that a query is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.schemas.filters import read_levels
from api.schemas.summary import Cells
from evenkeel.analysis.facts import CellSample
from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import CellSummary, Found, Summaries
from evenkeel.analysis.wording.left_out import left_out_says
from evenkeel.grids.tasks import known_tasks
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment
from evenkeel.plugins import Metric, Task
from evenkeel.records.left_out import LeftOut


@dataclass(frozen=True)
class Reading:
    """What answers are read from."""

    lab: Lab
    summaries: Summaries


@dataclass(frozen=True)
class Question:
    """A query that was checked. `filters`: factor -> the levels to keep."""

    task: Task
    metric: Metric
    experiment: str | None
    filters: Mapping[str, list[Any]]


def read_question(query: Cells) -> Question:
    """Check a query. Raises QueryError for a metric, a filter or a level that its task does not have."""
    task = known_tasks()[query.task]
    name = query.metric if "metric" in query.model_fields_set else task.default_metric
    names = [metric.name for metric in task.metrics]
    if name not in names:
        known = ", ".join(names)
        raise QueryError("metric", f"{name!r} is not a metric of the task {task.name!r}; its metrics: {known}")
    return Question(task, task.metric(name), query.experiment, read_levels(query, task, known_tasks()))


def find_cells(question: Question, reading: Reading, threshold: float | None = None) -> Found:
    """The cells of a question. threshold: a value of the metric. Raises NoSuchExperiment."""
    if question.experiment is not None:
        find_experiment(reading.lab, question.experiment)
    return reading.summaries.find(question.task, question.filters, question.metric.name, question.experiment, threshold)


def some_cells(
    question: Question, reading: Reading, threshold: float | None = None, at_most: int | None = None
) -> tuple[list[CellSummary], list[LeftOut]]:
    """The cells of a question, and those that are left out because they cannot be read here.

    Raises:
        NoSuchExperiment: The experiment does not exist.
        QueryError: There is no cell, or there are more than `at_most`.
    """
    found = find_cells(question, reading, threshold)
    _check_any(found.cells, found.left_out)
    if at_most is not None and len(found.cells) > at_most:
        raise QueryError(
            "query",
            f"matches {len(found.cells):,} cells, but at most {at_most:,} are drawn; choose one experiment or fewer "
            "levels",
        )
    return [CellSummary.of(name, facts) for name, facts in found.cells], found.left_out


def some_samples(question: Question, reading: Reading) -> tuple[list[CellSample], list[LeftOut]]:
    """`some_cells` without statistics over their seeds, for questions that compare cells. It raises the same."""
    if question.experiment is not None:
        find_experiment(reading.lab, question.experiment)
    cells, left_out = reading.summaries.sample(
        question.task, question.filters, question.metric.name, question.experiment
    )
    _check_any(cells, left_out)
    return cells, left_out


def _check_any(cells: Sequence[Any], left_out: Sequence[LeftOut]) -> None:
    if not cells:
        says = left_out_says(left_out)
        raise QueryError("query", "no cell matches these filters" + (f" and can be read. {says}" if says else ""))
