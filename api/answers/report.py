"""Writes the report on an experiment."""

from typing import Any

from fastapi import Response
from pydantic import TypeAdapter

from api.answers.figures import MAX_DRAWN
from api.left_out import headers_of
from api.questions import Question, Reading, some_cells
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.findings import judge_hypotheses
from evenkeel.grids.tasks import known_tasks
from evenkeel.reports.report import Report, write_report

REPORT = TypeAdapter(Report)


def about(query: Any) -> Question:
    """What a `ReportQuery` is about: all cells of the experiment, and the task's default metric."""
    task = known_tasks()[query.task]
    return Question(task, task.metric(task.default_metric), query.experiment, {})


def report(query: Any, form: str, reading: Reading) -> Response:
    """The answer to a `ReportQuery`."""
    asked = about(query)
    cells, left_out = some_cells(asked, reading, at_most=MAX_DRAWN)
    effects = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out)
    written = write_report(asked.task, cells, effects, judge_hypotheses(asked.task, cells, asked.experiment))
    return Response(REPORT.dump_json(written), media_type="application/json", headers=headers_of(left_out))
