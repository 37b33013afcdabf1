"""A cell's levels as SQL sees them: its row names only those that are not the defaults."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy import func
from sqlalchemy.sql import ColumnElement

from evenkeel.lab.store.schema import cells


def level_of(parameters: type[BaseModel], factor: str, kind: type) -> ColumnElement[Any]:
    """The level of `factor` in cells of the task that has these parameters. kind: of its levels: bool, float, int or
    a string."""
    stored, info = cells.c.levels[factor], parameters.model_fields[factor]
    if issubclass(kind, bool):
        value: ColumnElement[Any] = stored.as_boolean()
    elif issubclass(kind, float):
        value = stored.as_float()
    elif issubclass(kind, int):
        value = stored.as_integer()
    else:
        value = stored.as_string()
    return value if info.is_required() else func.coalesce(value, info.get_default(call_default_factory=True))
