"""The summary of cells over their seeds, as numbers and as the paper's figure."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from api.errors import PROBLEM_RESPONSE, NotFound
from api.figures import draw_bands, render
from api.resources import Lab, Resources
from api.schemas import Summary, SummaryQuery
from lab.spec import FACTORS, SpecError
from lab.summary import summarise_cells

router = APIRouter(tags=["summary"])

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
Filters = Annotated[SummaryQuery, Query()]


@router.get("/summary", responses={404: PROBLEM_RESPONSE, 422: PROBLEM_RESPONSE})
def get_summary(query: Filters, lab: Lab) -> Summary:
    """Grouped by everything except the seed. Runs still training count with the epochs they have; `n` says so at every
    epoch. Failed and cancelled runs are counted in `num_runs` and stand in no statistic."""
    return Summary.model_validate(_summarise(query, lab))


@router.get(
    "/summary/figure.{form}",
    response_class=Response,
    responses={200: {"content": {kind: {} for kind in MEDIA_TYPES.values()}}, 422: PROBLEM_RESPONSE},
)
def get_figure(form: Literal["svg", "png"], query: Filters, lab: Lab) -> Response:
    """The paper's Figure 1: rows are architectures, columns the norm, a line and its min-max band per init."""
    summary = _summarise(query, lab)
    if not summary["cells"]:
        raise SpecError("query", "no cell matches these filters, so there is nothing to draw")
    return Response(render(draw_bands(summary["cells"], summary["metric"]), form), media_type=MEDIA_TYPES[form])


def _summarise(query: Any, lab: Resources) -> dict[str, Any]:
    if query.experiment is not None and lab.store.experiment(query.experiment) is None:
        raise NotFound(f"there is no experiment {query.experiment!r}; GET /experiments lists them")
    filters = {factor: levels for factor in FACTORS if (levels := getattr(query, factor))}
    cells = summarise_cells(lab.store, filters, query.metric, query.experiment)
    return {"metric": query.metric, "experiment": query.experiment, "filters": filters, "cells": cells}
