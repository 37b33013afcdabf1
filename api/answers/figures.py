"""Draws the figures."""

from typing import Any

from fastapi import Response

from api.left_out import headers_of
from api.questions import Reading, read_question, some_cells
from api.schemas.choices import region_factor
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.query import QueryError
from evenkeel.figures import draw_bands, draw_effects, draw_reaching, draw_region, draw_sensitivity, render
from evenkeel.records.left_out import LeftOut

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf"}
# Nobody could read a figure of more cells.
MAX_DRAWN = 200


def bands(query: Any, form: str, reading: Reading) -> Response:
    """The figure of a `BandsQuery`."""
    asked = read_question(query, reading)
    cells, left_out = some_cells(asked, reading, at_most=MAX_DRAWN)
    figure = draw_bands(asked.task, cells, asked.metric, query.band, left_out, query.caption)
    return _send(render(figure, form), form, left_out)


def region(query: Any, form: str, reading: Reading) -> Response:
    """The figure of a `RegionQuery`."""
    asked = read_question(query, reading)
    cells, left_out = some_cells(asked, reading, at_most=MAX_DRAWN)
    x = query.x if query.x is not None else region_factor(asked.task)
    try:
        figure = draw_region(asked.task, cells, x, query.y, left_out, query.caption)
    except ValueError as error:
        raise QueryError("x", str(error)) from error
    return _send(render(figure, form), form, left_out)


def reaching(query: Any, form: str, reading: Reading) -> Response:
    """The figure of a `ReachingQuery`."""
    asked = read_question(query, reading)
    cells, left_out = some_cells(asked, reading, query.threshold, MAX_DRAWN)
    return _send(render(draw_reaching(asked.task, cells, left_out, query.caption), form), form, left_out)


def effects(query: Any, form: str, reading: Reading) -> Response:
    """The figure of a `FigureQuery`."""
    asked = read_question(query, reading)
    cells, left_out = some_cells(asked, reading, at_most=MAX_DRAWN)
    found = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out)
    return _send(render(draw_effects(asked.task, found, query.caption), form), form, left_out)


def sensitivity(query: Any, form: str, reading: Reading) -> Response:
    """The figure of a `SensitivityQuery`."""
    asked = read_question(query, reading)
    cells, left_out = some_cells(asked, reading, at_most=MAX_DRAWN)
    x = query.x if query.x is not None else region_factor(asked.task)
    found = which_mattered(asked.task, cells, asked.metric, asked.experiment, left_out, query.start_value)
    try:
        figure = draw_sensitivity(asked.task, cells, asked.metric, found, x, query.caption, query.start_value)
    except ValueError as error:
        raise QueryError("x", str(error)) from error
    return _send(render(figure, form), form, left_out)


def _send(image: bytes, form: str, left_out: list[LeftOut]) -> Response:
    return Response(image, media_type=MEDIA_TYPES[form], headers=headers_of(left_out))
