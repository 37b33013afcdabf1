"""Which factor mattered, whether a cell is better than another, and how many seeds would tell."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from api.auth import Reader
from api.endpoints.summary import TABLES, Accept, find_cells, some_cells
from api.errors import problems
from api.export import MEDIA_TYPES, encode, format_of, rows_to_columns
from api.resources import Lab
from api.schemas.statistics import (
    CompareQuery,
    Comparisons,
    Effects,
    EffectsQuery,
    SeedsNeeded,
    SeedsQuery,
)
from lab.questions import compare, find_cell, how_many_seeds, which_mattered

router = APIRouter(tags=["statistics"], dependencies=[Reader])


@router.get("/effects", response_model=Effects, responses=TABLES)
def get_effects(query: Annotated[EffectsQuery, Query()], lab: Lab, accept: Accept = "") -> Response:
    """Which factor mattered for the final value, for the spread over seeds and for divergence: a factorial model over
    all cells, permutation tests within blocks, and the answer in sentences."""
    cells = some_cells(find_cells(query, lab))
    found = Effects.model_validate(_about(query) | which_mattered(cells, query.metric))
    rows = [
        {"response": name} | term.model_dump(exclude={"contrasts"}) | contrast
        for name, response in (
            ("final", found.responses.final),
            ("spread", found.responses.spread),
            ("divergence", found.responses.divergence),
        )
        for term in response.terms
        for contrast in ([c.model_dump() for c in term.contrasts] or [{}])
    ]
    return _answer(found, rows, query.format, accept)


@router.get("/compare", response_model=Comparisons, responses=TABLES)
def get_comparisons(query: Annotated[CompareQuery, Query()], lab: Lab, accept: Accept = "") -> Response:
    """One cell against others: is it better, does it diverge more often, does it spread more? Every p stands beside the
    smallest that so many seeds can give, and beside what Holm makes of it over the comparisons."""
    cells = some_cells(find_cells(query, lab))
    found = Comparisons.model_validate(_about(query) | compare(cells, query.a, query.b, query.metric))
    rows = [
        {"a": found.a, "b": comparison.b, "says": comparison.says}
        | {
            f"{test}_{name}": value
            for test in ("improvement", "divergence", "spread", "mean")
            for name, value in getattr(comparison, test).model_dump().items()
        }
        for comparison in found.comparisons
    ]
    return _answer(found, rows, query.format, accept)


@router.get("/seeds-needed", responses=problems(404, 409, 422))
def get_seeds_needed(query: Annotated[SeedsQuery, Query()], lab: Lab) -> SeedsNeeded:
    """How many seeds it takes to know a cell's mean, standard deviation or rate of divergence so well, and what those
    that lack would cost."""
    cell = find_cell(some_cells(find_cells(query, lab)), query.cell, "cell")
    needed = how_many_seeds(cell, query.metric, query.half_width, query.of)
    return SeedsNeeded.model_validate({"metric": query.metric} | needed)


def _about(query: Any) -> dict[str, Any]:
    return {"metric": query.metric, "experiment": query.experiment}


def _answer(found: BaseModel, rows: Sequence[dict[str, Any]], asked: str | None, accept: str) -> Response:
    form = format_of(asked, accept)
    content = found.model_dump_json().encode() if form == "json" else encode(rows_to_columns(rows), form)
    return Response(content, media_type=MEDIA_TYPES[form])
