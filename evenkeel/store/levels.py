"""A cell's levels as SQL sees them. A cell's row has only the levels that are not the defaults."""

import json
from collections.abc import Collection
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import Text, cast, func, literal, or_
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import ColumnElement

from evenkeel.plugins import Task
from evenkeel.schema import cells


class Wanted:
    """A factor, and the levels to keep."""

    def __init__(self, task: Task, factor: str, levels: Collection[Any]) -> None:
        info = task.parameters.model_fields[factor]
        default = None if info.is_required() else info.get_default(call_default_factory=True)
        self.factor, self.default = factor, to_jsonable_python(default)
        self.levels: list[Any] = to_jsonable_python(list(levels))

    def has(self, levels: dict[str, Any]) -> bool:
        """Whether a cell with these stored levels is wanted."""
        level = levels.get(self.factor, self.default)
        # To Python, too, True is 1.
        return any(level == kept and isinstance(level, bool) is isinstance(kept, bool) for kept in self.levels)

    def may_have(self, dialect: str) -> ColumnElement[bool]:
        """A condition that holds for every wanted row and for few others, so that the database sends few rows.

        It compares levels as JSON values. A comparison of numbers fails in Postgres if a stored level is not a number.
        SQLite takes true for 1, so `has` looks again.
        """
        if dialect == "postgresql":
            stored: ColumnElement[Any] = func.jsonb_extract_path(cast(cells.c.levels, JSONB), self.factor)
            among = stored.in_([cast(literal(json.dumps(level), Text), JSONB) for level in self.levels])
        else:
            stored = func.json_extract(cells.c.levels, f'$."{self.factor}"')
            among = stored.in_(self.levels)
        return or_(among, stored.is_(None)) if self.default in self.levels or None in self.levels else among
