"""The form of an answer: JSON, CSV, Parquet or LaTeX."""

import pytest

from api.tables import format_of


@pytest.mark.parametrize(
    ("asked", "accept", "form"),
    [
        ("csv", "application/json", "csv"),
        (None, "text/csv", "csv"),
        (None, "text/html, application/vnd.apache.parquet;q=0.9", "parquet"),
        ("latex", "", "latex"),
        (None, "application/x-latex", "latex"),
        (None, "*/*", "json"),
        (None, "", "json"),
    ],
)
def test_the_format_is_what_was_asked_for_by_name_or_else_by_the_header(
    asked: str | None, accept: str, form: str
) -> None:
    assert format_of(asked, accept) == form
