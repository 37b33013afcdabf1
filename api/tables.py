"""Answers that come as JSON, CSV or Parquet."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic_core import to_json

from api.errors import problems
from evenkeel.analysis.tables import Columns, encode

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
Accept = Annotated[str, Header()]
TABLES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.split(";")[0]: {} for kind in MEDIA_TYPES.values()}},
    **problems(404, 409, 422),
}


def format_of(asked: str | None, accept: str) -> str:
    """The format that was asked for by name, else by the Accept header, else json."""
    if asked:
        return asked
    wanted = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    kinds = {kind.split(";")[0]: form for form, kind in MEDIA_TYPES.items()}
    return next((kinds[kind] for kind in wanted if kind in kinds), "json")


def answer(found: Any, to_columns: Callable[[Any], Columns], asked: str | None, accept: str) -> Response:
    """A result in the form that was asked for by name, or by the Accept header."""
    form = format_of(asked, accept)
    if form != "json":
        return table(to_columns(found), form)
    return Response(to_json(found, inf_nan_mode="null"), media_type=MEDIA_TYPES[form])


def table(columns: Columns, form: str) -> Response:
    return Response(encode(columns, form), media_type=MEDIA_TYPES[form])
