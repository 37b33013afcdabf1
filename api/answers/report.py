"""Writes the report on an experiment."""

from typing import Any

from fastapi import Response
from pydantic import TypeAdapter

from api.answers.figures import MAX_DRAWN
from api.left_out import headers_of
from api.news import after_news
from api.questions import Question, Reading, find_task, some_cells
from api.schemas.report import ReportQuery
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.findings import judge_hypotheses
from evenkeel.reports.report import Report, write_report

REPORT = TypeAdapter(Report)


def about(query: ReportQuery, reading: Reading) -> Question:
    """What a `ReportQuery` is about: all cells of the experiment, and the task's default metric. Raises QueryError for
    a task that is not known."""
    task = after_news(reading.lab.store, lambda: find_task(query.task, query.experiment, reading.lab))
    return Question(task, task.metric(task.default_metric), query.experiment, {})


def report(query: Any, form: str, reading: Reading) -> Response:
    """The answer to a `ReportQuery`."""
    asked = about(query, reading)
    cells, left_out = some_cells(asked, reading, at_most=MAX_DRAWN)
    effects = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out)
    written = write_report(asked.task, cells, effects, judge_hypotheses(asked.task, cells, asked.experiment))
    return Response(REPORT.dump_json(written), media_type="application/json", headers=headers_of(left_out))
