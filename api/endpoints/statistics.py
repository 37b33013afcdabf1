"""The endpoints of statistics: which factors mattered, whether a cell is better, and how many seeds are needed."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.answers import statistics
from api.asking import Asking
from api.auth import Reader
from api.errors import problems
from api.heavy.work import Work
from api.schemas.statistics import CompareQuery, EffectsQuery, SeedsQuery
from api.tables import TABLES, Accept, format_of
from evenkeel.analysis.compare import Comparisons
from evenkeel.analysis.effects import Effects
from evenkeel.analysis.seeds_needed import SeedsNeeded

router = APIRouter(tags=["statistics"], dependencies=[Reader])


@router.get("/effects", response_model=Effects, responses=TABLES)
async def get_effects(query: Annotated[EffectsQuery, Query()], asking: Asking, accept: Accept = "") -> Response:
    """Say which factors mattered for the final value, for the spread over seeds and for divergence. The answer has a
    factorial model over all cells, permutation tests within blocks, and sentences that say what they mean."""
    work = Work(statistics.effects, query, format_of(query.format, accept))
    return await asking.answer(work)


@router.get("/compare", response_model=Comparisons, responses=TABLES)
async def get_comparisons(query: Annotated[CompareQuery, Query()], asking: Asking, accept: Accept = "") -> Response:
    """Compare one cell with others: is it better, does it diverge more often, does it spread more? With `margin` and
    `mean_margin` also: is it nearly as stable, and nearly equal? Each p also has a value after Holm's correction over
    the comparisons. The exact tests also give the smallest p that so many seeds can reach, and each test the smallest
    effect that it would find."""
    work = Work(statistics.comparisons, query, format_of(query.format, accept), statistics.about_comparisons)
    return await asking.answer(work)


@router.get("/seeds-needed", response_model=SeedsNeeded, responses=problems(404, 429))
async def get_seeds_needed(query: Annotated[SeedsQuery, Query()], asking: Asking) -> Response:
    """Say how many seeds a cell needs for a given precision of its mean, standard deviation or rate of divergence, and
    how long the missing seeds would take."""
    return await asking.answer(Work(statistics.seeds_needed, query, "json"))
