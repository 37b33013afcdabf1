"""The summary of cells over their seeds."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response
from pydantic_core import to_json

from api.auth import Reader
from api.errors import NotFound, problems
from api.export import MEDIA_TYPES, encode, format_of, summary_table
from api.resources import Lab, Resources
from api.schemas.summary import Summary, SummaryQuery
from lab.cell import FACTORS
from lab.spec import SpecError
from lab.summary import CellStats

router = APIRouter(tags=["summary"], dependencies=[Reader])

Accept = Annotated[str, Header()]
TABLES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.split(";")[0]: {} for kind in MEDIA_TYPES.values()}},
    **problems(404, 409, 422),
}


@router.get("/summary", response_model=Summary, responses=TABLES)
def get_summary(query: Annotated[SummaryQuery, Query()], lab: Lab, accept: Accept = "") -> Response:
    """Grouped by everything except the seed. Runs still training count with the epochs they have; `n` says so at every
    epoch. Failed and cancelled runs are counted in `num_runs` and stand in no statistic. docs/statistics.md explains
    each number."""
    cells = find_cells(query, lab, query.threshold)
    form = format_of(query.format, accept)
    if form == "json":
        return Response(_as_json(query, cells), media_type=MEDIA_TYPES[form])
    return Response(encode(summary_table(some_cells(cells), query.table), form), media_type=MEDIA_TYPES[form])


def find_cells(query: Any, lab: Resources, threshold: float | None = None) -> list[tuple[str, CellStats]]:
    """(label, numbers) of the cells that a query is about. Raises NotFound for an experiment that is not there."""
    if query.experiment is not None and lab.store.experiment(query.experiment) is None:
        raise NotFound(f"there is no experiment {query.experiment!r}; GET /experiments lists them")
    return lab.summaries.cells(_filters(query), query.metric, query.experiment, threshold)


def some_cells(cells: list[tuple[str, CellStats]], at_most: int | None = None) -> list[dict[str, Any]]:
    """As JSON has them. Raises SpecError where there is none, or more than `at_most`."""
    if not cells:
        raise SpecError("query", "no cell matches these filters")
    if at_most is not None and len(cells) > at_most:
        raise SpecError(
            "query", f"{len(cells):,} cells; at most {at_most:,} are drawn: narrow it by experiment or level"
        )
    return [{"cell": label} | stats.data for label, stats in cells]


def _as_json(query: Any, cells: list[tuple[str, CellStats]]) -> bytes:
    """Put together from each cell's own JSON, which is kept: a summary of 1,000 runs is megabytes."""
    head = to_json({"metric": query.metric, "experiment": query.experiment, "filters": _filters(query)})
    parts = (b'{"cell":' + to_json(label) + b"," + stats.json[1:] for label, stats in cells)
    return head[:-1] + b',"cells":[' + b",".join(parts) + b"]}"


def _filters(query: Any) -> dict[str, list[Any]]:
    return {factor: levels for factor in FACTORS if (levels := getattr(query, factor))}
