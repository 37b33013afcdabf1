"""The endpoints of figures: the summary and the effects as SVG, PNG or PDF."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.answers import figures
from api.asking import Asking
from api.auth import Reader
from api.errors import problems
from api.heavy.work import Work
from api.left_out import DESCRIBED
from api.schemas.figures import (
    BandsQuery,
    FigureQuery,
    Form,
    ReachingQuery,
    RegionQuery,
    SensitivityQuery,
)

router = APIRouter(tags=["figures"], dependencies=[Reader])

RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in figures.MEDIA_TYPES.values()}, "headers": DESCRIBED},
    **problems(404, 429),
}


@router.get("/summary/figure.{form}", response_class=Response, responses=RESPONSES)
async def get_bands(form: Form, query: Annotated[BandsQuery, Query()], asking: Asking) -> Response:
    """Draw the mean of each cell over the epochs, with its min-max band or the 95 % band of the mean. The task says
    which factors are rows, columns and lines. If more than three bands would lie over each other, each has a panel."""
    return await asking.answer(Work(figures.bands, query, form))


@router.get("/summary/region.{form}", response_class=Response, responses=RESPONSES)
async def get_region(form: Form, query: Annotated[RegionQuery, Query()], asking: Asking) -> Response:
    """Draw the stability region: the share of runs that diverged or collapsed, over two factors."""
    return await asking.answer(Work(figures.region, query, form))


@router.get("/summary/reaching.{form}", response_class=Response, responses=RESPONSES)
async def get_reaching(form: Form, query: Annotated[ReachingQuery, Query()], asking: Asking) -> Response:
    """Draw Kaplan-Meier curves: the share of each cell's runs that have not reached the threshold by an epoch."""
    return await asking.answer(Work(figures.reaching, query, form))


@router.get("/effects/figure.{form}", response_class=Response, responses=RESPONSES)
async def get_effects_figure(form: Form, query: Annotated[FigureQuery, Query()], asking: Asking) -> Response:
    """Draw what each factor did to the final value, the spread and the divergence, with 95 % intervals."""
    return await asking.answer(Work(figures.effects, query, form))


@router.get("/effects/sensitivity.{form}", response_class=Response, responses=RESPONSES)
async def get_sensitivity(form: Form, query: Annotated[SensitivityQuery, Query()], asking: Asking) -> Response:
    """Draw the final value over a factor whose levels are numbers, such as the learning rate. It has a line for each
    combination of the other factors, and says how sensitive the final value is to the factor."""
    return await asking.answer(Work(figures.sensitivity, query, form))
