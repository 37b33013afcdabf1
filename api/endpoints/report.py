"""The endpoint of reports: the results of an experiment in words, tables and figures."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import Reader
from api.endpoints.figures import MAX_DRAWN
from api.errors import problems
from api.left_out import headers_of
from api.questions import Question, some_cells
from api.resources import Shared
from api.schemas.report import ReportQuery
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.findings import judge_hypotheses
from evenkeel.grids.tasks import known_tasks
from evenkeel.reports.report import Report, write_report

router = APIRouter(tags=["statistics"], dependencies=[Reader])


@router.get("/report", responses=problems(404))
def get_report(query: Annotated[ReportQuery, Query()], shared: Shared, response: Response) -> Report:
    """Write a report on an experiment, as Markdown and as one page of HTML. It has figures and a table, and says which
    factors mattered, and what the runs say about the claims that the task was made to test. It is about the task's
    default metric."""
    task = known_tasks()[query.task]
    asked = Question(task, task.metric(task.default_metric), query.experiment, {})
    cells, left_out = some_cells(asked, shared, at_most=MAX_DRAWN)
    response.headers.update(headers_of(left_out))
    effects = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out)
    return write_report(task, cells, effects, judge_hypotheses(task, cells, asked.experiment))
