"""Finds the cells that a query is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.news import after_news
from api.schemas.choices import default_of, one_of, wrong_factor, wrong_metric
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
    """A query that was checked.

    Attributes:
        filters: Factor -> the levels to keep.
        beside: A second experiment with cells of the same task, which those of the first are compared with.
    """

    task: Task
    metric: Metric
    experiment: str | None
    filters: Mapping[str, list[Any]]
    beside: str | None = None


def read_question(query: Cells, reading: Reading) -> Question:
    """Check a query against the tasks that are known now.

    Raises:
        QueryError: The task is not known, or does not have the metric, a filter, a level or a factor along an axis.
        NoSuchExperiment: The task is to be that of an experiment that does not exist.
    """
    return after_news(reading.lab.store, lambda: _read(query, reading.lab))


def find_task(name: str | None, experiment: str | None, lab: Lab) -> Task:
    """The task that a query is about.

    A query that names none is about the task of its experiment. Of several tasks, and without an experiment, it is
    about the default task.

    Raises:
        QueryError: No task has this name.
        NoSuchExperiment: The experiment does not exist. This is not looked at if there is only one task to choose.
    """
    tasks, theirs = known_tasks(), list[str]()
    if name is not None and name not in tasks:
        raise QueryError("task", one_of(tasks, name))
    if name is not None:
        return tasks[name]
    if experiment is not None and len(tasks) > 1:
        theirs = lab.store.experiments.tasks(experiment)
        if not theirs:
            find_experiment(lab, experiment)
    known = [task for task in theirs if task in tasks]
    default = default_of(tasks)
    return tasks[default if default in known or not known else known[0]]


def _read(query: Cells, lab: Lab) -> Question:
    tasks = known_tasks()
    task = find_task(query.task, query.experiment, lab)
    metric = query.metric if query.metric is not None else task.default_metric
    own = list(type(query).model_fields)
    axes = [(axis, factor) for axis in ("x", "y") if axis in own and (factor := getattr(query, axis)) is not None]
    levels, wrong = read_levels(query.model_extra or {}, task, tasks, own)
    checked = [("metric", wrong_metric(metric, task, tasks))]
    checked += [(axis, wrong_factor(factor, task, tasks)) for axis, factor in axes]
    wrong = [(field, problem) for field, problem in checked if problem is not None] + wrong
    if wrong:
        raise QueryError(*wrong[0], wrong[1:])
    return Question(task, task.metric(metric), query.experiment, levels)


def find_cells(question: Question, reading: Reading, threshold: float | None = None) -> Found:
    """The cells of a question. threshold: a value of the metric. Raises NoSuchExperiment."""
    if question.experiment is not None:
        find_experiment(reading.lab, question.experiment)
    about = question.task, question.filters, question.metric.name, question.experiment
    return reading.summaries.find(*about, threshold)


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
