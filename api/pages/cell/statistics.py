"""The statistics of a cell over its seeds."""

from typing import Any

from fastapi import Response

from api.pages.formats import path
from api.pages.one_cell import question_of, read_cell
from api.pages.rendering import render
from api.questions import Reading
from evenkeel.analysis.wording.divergence import rate_says
from evenkeel.records.imports import is_imported
from evenkeel.statistics.evidence import seeds_for_more


def statistics(query: Any, form: str, reading: Reading) -> Response:
    """The piece for a `OneCell`."""
    asked = question_of(query, reading)
    cell = read_cell(query, reading)
    needed = seeds_for_more(cell.evidence.n) or 0
    return render(
        "cell/statistics.html",
        cell=cell,
        task=asked.task,
        metric=asked.metric,
        rate=rate_says(cell.divergence),
        can_grow=needed > cell.evidence.n + cell.evidence.waiting and not is_imported(asked.task.name),
        url=path("ui", "experiments", query.experiment, "cells", query.cell),
        study=path("ui", "experiments", query.experiment),
    )
