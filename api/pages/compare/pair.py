"""Compares two cells, and puts them side by side."""

from typing import Any

from fastapi import Response
from pydantic import BaseModel

from api.heavy.work import Work
from api.pages import one_cell
from api.pages.formats import path
from api.pages.one_cell import OneCell
from api.pages.rendering import render
from api.questions import Question, Reading
from evenkeel.analysis.compare import compare
from evenkeel.analysis.wording.divergence import rate_says
from evenkeel.grids.levels import differing
from evenkeel.lab.cells import KnownCell
from evenkeel.statistics.equivalence import Margins


class Pair(BaseModel):
    """Two cells of one task. `margin` and `mean_margin` are those of GET /compare."""

    a: OneCell
    b: OneCell
    margin: float | None
    mean_margin: float | None


def ask_both(a: KnownCell, b: KnownCell, metric: str, margins: Margins) -> Work:
    """The work for the comparison of two cells."""
    one, other = (one_cell.query_of(cell, metric) for cell in (a, b))
    return Work(pair, Pair(a=one, b=other, margin=margins.spread, mean_margin=margins.mean), "html", about)


def about(query: Pair, reading: Reading) -> Question:
    """Both cells, and few others: those that have a level of either in every factor."""
    one, other = one_cell.question_of(query.a, reading), one_cell.question_of(query.b, reading)
    shared = [factor for factor in one.filters if factor in other.filters]
    filters = {factor: [*one.filters[factor], *other.filters[factor]] for factor in shared}
    beside = other.experiment if other.experiment != one.experiment else None
    return Question(one.task, one.metric, one.experiment, filters, beside)


def pair(query: Any, form: str, reading: Reading) -> Response:
    """The piece for a `Pair`. It says what GET /compare says about the two cells."""
    asked = about(query, reading)
    a, b = one_cell.read_cell(query.a, reading), one_cell.read_cell(query.b, reading)
    margins = Margins(query.margin, query.mean_margin)
    found = compare(asked.task, [a], a.hash, [b.hash], asked.metric, query.a.experiment, (), margins, [b], asked.beside)
    sides = [
        {
            "cell": cell,
            "experiment": each.experiment,
            "url": path("ui", "experiments", each.experiment, "cells", each.cell),
            "rate": rate_says(cell.divergence),
        }
        for cell, each in ((a, query.a), (b, query.b))
    ]
    [comparison] = found.comparisons
    return render(
        "compare/pair.html",
        sides=sides,
        own=differing(asked.task, [a.levels, b.levels]),
        found=found,
        comparison=comparison,
        level=found.level,
        task=asked.task,
        metric=asked.metric,
    )
