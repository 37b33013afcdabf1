"""The allowed levels of a factor in words, from pydantic's JSON Schema."""

from enum import StrEnum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from docs.tasks import describe_tasks
from evenkeel.grids.ranges import default_of, range_of
from evenkeel.grids.tasks import known_tasks


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Parameters(BaseModel):
    colour: Colour
    size: int = Field(32, ge=8, le=10_000_000)
    rate: float = Field(1e-7, gt=0, lt=0.5)
    limit: float | None = Field(None, ge=0)
    kind: Literal["one"] = "one"
    kinds: Literal["one", "two"] = "two"
    name: str = "a"
    whole: float = 2.0
    flag: bool = True
    anything: Any = 0


@pytest.mark.parametrize(
    ("name", "levels", "default"),
    [
        ("colour", "red, blue", "-"),
        ("size", "integer from 8, up to 10,000,000", "32"),
        ("rate", "number over 0, under 0.5", "1e-07"),
        ("limit", "number from 0 or null", "None"),
        ("kind", "one", "one"),
        ("kinds", "one, two", "two"),
        ("name", "string", "a"),
        ("whole", "number", "2"),
        ("flag", "boolean", "True"),
        ("anything", "anything", "0"),
    ],
)
def test_levels_and_default_are_said_in_words(name: str, levels: str, default: str) -> None:
    schema = Parameters.model_json_schema()
    field = schema["properties"][name]
    assert (range_of(field, schema), default_of(field)) == (levels, default)


def test_the_page_of_grids_says_levels_and_defaults_in_the_same_words() -> None:
    lines = list(describe_tasks())
    for task in known_tasks().values():
        schema = task.parameters.model_json_schema()
        for name, field in schema["properties"].items():
            row = f"| `{name}` | {default_of(field)} | {range_of(field, schema)} | {field['description']} |"
            assert row in lines


@pytest.mark.parametrize(
    ("field", "levels"),
    [
        ({"type": ["number", "null"], "minimum": 0}, "number or null from 0"),
        ({"oneOf": [{"type": "integer"}, {"const": "all"}]}, "integer or all"),
        ({"type": "object"}, "object"),
    ],
)
def test_any_json_schema_is_said_in_words(field: dict[str, Any], levels: str) -> None:
    assert range_of(field, {}) == levels
