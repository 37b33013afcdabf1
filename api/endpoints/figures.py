"""Figures of the summary and of the effects: SVG, PNG or PDF."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from matplotlib.figure import Figure
from pydantic import Field, create_model

from api.auth import Reader
from api.endpoints.summary import find_cells, some_cells
from api.errors import problems
from api.resources import Lab
from api.schemas.summary import CellsQuery
from lab.cell import FACTORS
from lab.figures import draw_bands, draw_effects, draw_reaching, draw_region, render
from lab.questions import which_mattered
from lab.spec import SpecError

router = APIRouter(tags=["figures"], dependencies=[Reader])

Form = Literal["svg", "png", "pdf"]
Factor = Literal[FACTORS]  # type: ignore[valid-type]
MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
# Nobody could read more, and the drawing would keep others waiting.
MAX_DRAWN = 200
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}},
    **problems(404, 409, 422),
}


class _Bands(CellsQuery):
    band: Literal["survivors", "all"] = Field(
        "survivors", description="all: a diverged run counts with the metric's worst value from then on."
    )


class _Region(CellsQuery):
    x: Factor = Field("lr", description="The factor along x.")
    y: Factor | None = Field(None, description="The factor along y; otherwise the one with the most levels.")


class _Reaching(CellsQuery):
    threshold: float = Field(0.9, allow_inf_nan=False, description="Of the metric.")


BandsQuery = create_model("BandsQuery", __base__=_Bands)
RegionQuery = create_model("RegionQuery", __base__=_Region)
ReachingQuery = create_model("ReachingQuery", __base__=_Reaching)


@router.get("/summary/figure.{form}", response_class=Response, responses=RESPONSES)
def get_bands(form: Form, query: Annotated[BandsQuery, Query()], lab: Lab) -> Response:
    """The paper's Figure 1: rows are architectures, columns the norm, a line and its min-max band per init."""
    return _send(draw_bands(some_cells(find_cells(query, lab), MAX_DRAWN), query.metric, query.band), form)


@router.get("/summary/region.{form}", response_class=Response, responses=RESPONSES)
def get_region(form: Form, query: Annotated[RegionQuery, Query()], lab: Lab) -> Response:
    """The stability region: which share of runs diverged or collapsed, over two factors."""
    cells = some_cells(find_cells(query, lab), MAX_DRAWN)
    try:
        return _send(draw_region(cells, query.x, query.y), form)
    except ValueError as error:
        raise SpecError("x", str(error)) from error


@router.get("/summary/reaching.{form}", response_class=Response, responses=RESPONSES)
def get_reaching(form: Form, query: Annotated[ReachingQuery, Query()], lab: Lab) -> Response:
    """Kaplan-Meier curves: which share of a cell's runs has not reached the threshold by an epoch."""
    return _send(draw_reaching(some_cells(find_cells(query, lab, query.threshold), MAX_DRAWN)), form)


@router.get("/effects/figure.{form}", response_class=Response, responses=RESPONSES)
def get_effects_figure(form: Form, query: Annotated[CellsQuery, Query()], lab: Lab) -> Response:
    """What each factor did to the final value, the spread and the divergence, with 95 % intervals."""
    found = which_mattered(some_cells(find_cells(query, lab), MAX_DRAWN), query.metric)
    return _send(draw_effects({"metric": query.metric, "experiment": query.experiment} | found), form)


def _send(figure: Figure, form: str) -> Response:
    return Response(render(figure, form), media_type=MEDIA_TYPES[form])
