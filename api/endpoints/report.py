"""The endpoint of reports: the results of an experiment in words, tables and figures."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.answers.report import about, report
from api.asking import Asking
from api.auth import Reader
from api.errors import problems
from api.heavy.work import Work
from api.schemas.report import ReportQuery
from evenkeel.reports.report import Report

router = APIRouter(tags=["statistics"], dependencies=[Reader])


@router.get("/report", response_model=Report, responses=problems(404, 429))
async def get_report(query: Annotated[ReportQuery, Query()], asking: Asking) -> Response:
    """Write a report on an experiment, as Markdown and as one page of HTML. It has figures and a table, and says which
    factors mattered, and what the runs say about the claims that the task was made to test. It is about the task's
    default metric."""
    return await asking.answer(Work(report, query, "json", about))
