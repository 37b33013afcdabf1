"""A cell's levels as SQL sees them: its row names only those that are not the defaults."""

from typing import Any

from sqlalchemy import func
from sqlalchemy.sql import ColumnElement

from lab.cell import Cell
from lab.store.schema import cells


def level_of(factor: str, kind: type) -> ColumnElement[Any]:
    """The level of `factor`, whose type is `kind` (float, int or a string)."""
    info, stored = Cell.model_fields[factor], cells.c.levels[factor]
    value = stored.as_float() if kind is float else stored.as_integer() if kind is int else stored.as_string()
    return value if info.is_required() else func.coalesce(value, info.default)
