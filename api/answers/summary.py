"""Writes summaries."""

from typing import Any

from fastapi import Response
from pydantic_core import to_json

from api.left_out import headers_of
from api.questions import Question, Reading, find_cells, read_question, some_cells
from api.tables import latex, table
from evenkeel.analysis.behind_bands import fewest_seeds
from evenkeel.analysis.summary import Found
from evenkeel.grids.levels import differing_beyond_name
from evenkeel.reports.latex import columns_to_latex, to_latex
from evenkeel.reports.sheets import summary_sheet
from evenkeel.reports.tables import summary_table


def summary(query: Any, form: str, reading: Reading) -> Response:
    """The answer to a `SummaryQuery`."""
    question = read_question(query, reading)
    if form == "json":
        found = find_cells(question, reading, query.threshold)
        body = _as_json(question, found)
        return Response(body, media_type="application/json", headers=headers_of(found.left_out))
    cells, left_out = some_cells(question, reading, query.threshold)
    if form == "latex" and query.table == "cells":
        return latex(to_latex(summary_sheet(question.task, cells, question.metric)), left_out)
    columns = summary_table(question.task, cells, query.table)
    return latex(columns_to_latex(columns), left_out) if form == "latex" else table(columns, form, left_out)


def _as_json(question: Question, found: Found) -> bytes:
    """A `Summary` as JSON, put together from the JSON of each cell. That is kept, because a summary of 1,000 runs has
    megabytes."""
    head = to_json(
        {
            "metric": question.metric.name,
            "experiment": question.experiment,
            "filters": question.filters,
            "differing": differing_beyond_name(question.task, [facts.levels for _, facts in found.cells]),
            "fewest_seeds": fewest_seeds(facts for _, facts in found.cells if facts.band_width is not None),
        }
    )
    parts = (b'{"cell":' + to_json(name) + b"," + facts.json[1:] for name, facts in found.cells)
    return head[:-1] + b',"cells":[' + b",".join(parts) + b'],"left_out":' + to_json(found.left_out) + b"}"
