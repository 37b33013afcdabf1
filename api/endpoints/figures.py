"""Figures of the summary and of the effects: SVG, PNG or PDF."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from api.auth import Reader
from api.errors import problems
from api.questions import read_question, some_cells
from api.resources import Shared
from api.schemas.figures import BandsQuery, Form, ReachingQuery, RegionQuery, region_factor
from api.schemas.summary import CellsQuery
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.figures import draw_bands, draw_effects, draw_reaching, draw_region, render
from evenkeel.analysis.query import QueryError

router = APIRouter(tags=["figures"], dependencies=[Reader])

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
# Nobody could read more, and the drawing would keep others waiting.
MAX_DRAWN = 200
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}},
    **problems(404, 409, 422),
}


@router.get("/summary/figure.{form}", response_class=Response, responses=RESPONSES)
def get_bands(form: Form, query: Annotated[BandsQuery, Query()], shared: Shared) -> Response:
    """A mean and its min-max band over the epochs, for each cell; rows, columns and lines as the task has them."""
    asked = read_question(query)
    cells = some_cells(asked, shared, at_most=MAX_DRAWN)
    return _send(render(draw_bands(asked.task, cells, asked.metric, query.band), form), form)


@router.get("/summary/region.{form}", response_class=Response, responses=RESPONSES)
def get_region(form: Form, query: Annotated[RegionQuery, Query()], shared: Shared) -> Response:
    """The stability region: which share of runs diverged or collapsed, over two factors."""
    asked = read_question(query)
    cells = some_cells(asked, shared, at_most=MAX_DRAWN)
    x = query.x if "x" in query.model_fields_set else region_factor(asked.task)
    try:
        return _send(render(draw_region(asked.task, cells, x, query.y), form), form)
    except ValueError as error:
        raise QueryError("x", str(error)) from error


@router.get("/summary/reaching.{form}", response_class=Response, responses=RESPONSES)
def get_reaching(form: Form, query: Annotated[ReachingQuery, Query()], shared: Shared) -> Response:
    """Kaplan-Meier curves: which share of a cell's runs has not reached the threshold by an epoch."""
    asked = read_question(query)
    return _send(render(draw_reaching(asked.task, some_cells(asked, shared, query.threshold, MAX_DRAWN)), form), form)


@router.get("/effects/figure.{form}", response_class=Response, responses=RESPONSES)
def get_effects_figure(form: Form, query: Annotated[CellsQuery, Query()], shared: Shared) -> Response:
    """What each factor did to the final value, the spread and the divergence, with 95 % intervals."""
    asked = read_question(query)
    cells = some_cells(asked, shared, at_most=MAX_DRAWN)
    return _send(render(draw_effects(asked.task, which_mattered(cells, asked.metric, asked.experiment)), form), form)


def _send(image: bytes, form: str) -> Response:
    return Response(image, media_type=MEDIA_TYPES[form])
