"""The endpoint of the summary of cells over their seeds."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.answers.summary import summary
from api.asking import Asking
from api.auth import Reader
from api.heavy.work import Work
from api.schemas.summary import Summary, SummaryQuery
from api.tables import TABLES, Accept, format_of

router = APIRouter(tags=["summary"], dependencies=[Reader])


@router.get("/summary", response_model=Summary, responses=TABLES)
async def get_summary(query: Annotated[SummaryQuery, Query()], asking: Asking, accept: Accept = "") -> Response:
    """Summarise the runs, grouped by everything except the seed. A run that still trains counts with the epochs that it
    has, and `n` says at every epoch how many runs count. Failed and cancelled runs are counted in `num_runs` and in no
    statistic. docs/statistics.md explains each number."""
    return await asking.answer(Work(summary, query, format_of(query.format, accept)))
