"""Answers with a result as JSON, CSV, Parquet or LaTeX."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import Header, Response
from pydantic_core import to_json

from api.errors import problems
from api.left_out import DESCRIBED, headers_of
from evenkeel.records.left_out import LeftOut
from evenkeel.reports.latex import to_latex
from evenkeel.reports.sheets import Sheet
from evenkeel.reports.tables import Columns, encode

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "latex": "application/x-latex; charset=utf-8",
}
Accept = Annotated[str, Header()]
TABLES: dict[int | str, dict[str, Any]] = {
    200: {"content": {kind.split(";")[0]: {} for kind in MEDIA_TYPES.values()}, "headers": DESCRIBED},
    **problems(404, 422, 429),
}


def format_of(asked: str | None, accept: str) -> str:
    """The format that the query names. If it names none, the first known one in the Accept header, or else 'json'."""
    if asked:
        return asked
    wanted = [part.split(";")[0].strip().lower() for part in accept.split(",")]
    kinds = {kind.split(";")[0]: form for form, kind in MEDIA_TYPES.items()}
    return next((kinds[kind] for kind in wanted if kind in kinds), "json")


def answer(found: Any, to_columns: Callable[[Any], Columns], to_sheet: Callable[[Any], Sheet], form: str) -> Response:
    """Answer with a result in a format.

    Args:
        found: A result with a field `left_out`.
        to_columns: Makes a table of the result for other tools.
        to_sheet: Makes a table of the result for people.
        form: 'json', 'csv', 'parquet' or 'latex'.
    """
    if form == "latex":
        return latex(to_latex(to_sheet(found)), found.left_out)
    if form != "json":
        return table(to_columns(found), form, found.left_out)
    body = to_json(found, inf_nan_mode="null")
    return Response(body, media_type=MEDIA_TYPES[form], headers=headers_of(found.left_out))


def table(columns: Columns, form: str, left_out: Sequence[LeftOut]) -> Response:
    """Answer with a table as 'csv' or 'parquet'."""
    return Response(encode(columns, form), media_type=MEDIA_TYPES[form], headers=headers_of(left_out))


def latex(text: str, left_out: Sequence[LeftOut]) -> Response:
    """Answer with a table in LaTeX."""
    return Response(text, media_type=MEDIA_TYPES["latex"], headers=headers_of(left_out))
