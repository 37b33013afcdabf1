"""Answers that come as JSON, CSV or Parquet."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic_core import to_json

from api.errors import problems
from evenkeel.analysis.tables import MEDIA_TYPES, Columns, encode, format_of

Accept = Annotated[str, Header()]
TABLES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.split(";")[0]: {} for kind in MEDIA_TYPES.values()}},
    **problems(404, 409, 422),
}


def answer(found: Any, to_columns: Callable[[Any], Columns], asked: str | None, accept: str) -> Response:
    """A result in the form that was asked for by name, or by the Accept header."""
    form = format_of(asked, accept)
    if form != "json":
        return table(to_columns(found), form)
    return Response(to_json(found, inf_nan_mode="null"), media_type=MEDIA_TYPES[form])


def table(columns: Columns, form: str) -> Response:
    return Response(encode(columns, form), media_type=MEDIA_TYPES[form])
