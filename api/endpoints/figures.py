"""The endpoints of figures: the summary and the effects as SVG, PNG or PDF."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.auth import Reader
from api.errors import problems
from api.left_out import DESCRIBED, headers_of
from api.questions import read_question, some_cells
from api.resources import Shared
from api.schemas.figures import (
    BandsQuery,
    FigureQuery,
    Form,
    ReachingQuery,
    RegionQuery,
    SensitivityQuery,
    region_factor,
)
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.query import QueryError
from evenkeel.figures import draw_bands, draw_effects, draw_reaching, draw_region, draw_sensitivity, render
from evenkeel.records.left_out import LeftOut

router = APIRouter(tags=["figures"], dependencies=[Reader])

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
# Nobody could read a figure of more cells, and other requests would wait for it.
MAX_DRAWN = 200
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}, "headers": DESCRIBED},
    **problems(404),
}


@router.get("/summary/figure.{form}", response_class=Response, responses=RESPONSES)
def get_bands(form: Form, query: Annotated[BandsQuery, Query()], shared: Shared) -> Response:
    """Draw the mean of each cell over the epochs, with its min-max band or the 95 % band of the mean. The task says
    which factors are rows, columns and lines. If more than three bands would lie over each other, each has a panel."""
    asked = read_question(query)
    cells, left_out = some_cells(asked, shared, at_most=MAX_DRAWN)
    figure = draw_bands(asked.task, cells, asked.metric, query.band, left_out, query.caption)
    return _send(render(figure, form), form, left_out)


@router.get("/summary/region.{form}", response_class=Response, responses=RESPONSES)
def get_region(form: Form, query: Annotated[RegionQuery, Query()], shared: Shared) -> Response:
    """Draw the stability region: the share of runs that diverged or collapsed, over two factors."""
    asked = read_question(query)
    cells, left_out = some_cells(asked, shared, at_most=MAX_DRAWN)
    x = query.x if "x" in query.model_fields_set else region_factor(asked.task)
    try:
        figure = draw_region(asked.task, cells, x, query.y, left_out, query.caption)
    except ValueError as error:
        raise QueryError("x", str(error)) from error
    return _send(render(figure, form), form, left_out)


@router.get("/summary/reaching.{form}", response_class=Response, responses=RESPONSES)
def get_reaching(form: Form, query: Annotated[ReachingQuery, Query()], shared: Shared) -> Response:
    """Draw Kaplan-Meier curves: the share of each cell's runs that have not reached the threshold by an epoch."""
    asked = read_question(query)
    cells, left_out = some_cells(asked, shared, query.threshold, MAX_DRAWN)
    return _send(render(draw_reaching(asked.task, cells, left_out, query.caption), form), form, left_out)


@router.get("/effects/figure.{form}", response_class=Response, responses=RESPONSES)
def get_effects_figure(form: Form, query: Annotated[FigureQuery, Query()], shared: Shared) -> Response:
    """Draw what each factor did to the final value, the spread and the divergence, with 95 % intervals."""
    asked = read_question(query)
    cells, left_out = some_cells(asked, shared, at_most=MAX_DRAWN)
    effects = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out)
    return _send(render(draw_effects(asked.task, effects, query.caption), form), form, left_out)


@router.get("/effects/sensitivity.{form}", response_class=Response, responses=RESPONSES)
def get_sensitivity(form: Form, query: Annotated[SensitivityQuery, Query()], shared: Shared) -> Response:
    """Draw the final value over a factor whose levels are numbers, such as the learning rate. It has a line for each
    combination of the other factors, and says how sensitive the final value is to the factor."""
    asked = read_question(query)
    cells, left_out = some_cells(asked, shared, at_most=MAX_DRAWN)
    x = query.x if "x" in query.model_fields_set else region_factor(asked.task)
    effects = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out, query.start_value)
    try:
        figure = draw_sensitivity(asked.task, cells, asked.metric, effects, x, query.caption, query.start_value)
    except ValueError as error:
        raise QueryError("x", str(error)) from error
    return _send(render(figure, form), form, left_out)


def _send(image: bytes, form: str, left_out: list[LeftOut]) -> Response:
    return Response(image, media_type=MEDIA_TYPES[form], headers=headers_of(left_out))
