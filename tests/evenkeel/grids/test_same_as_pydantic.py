"""A task that was announced allows exactly the levels that the plug-in's own model allows."""

import json
from enum import Enum
from typing import Any, Literal

import pytest
from announcing import CHAR_LM
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, ValidationError

from evenkeel.grids.announced import given_levels, task_of
from evenkeel.grids.cell import make_cell
from evenkeel.grids.levels import canonical
from evenkeel.plugins import AnnouncedTask


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Shape(BaseModel):
    sides: int = Field(ge=3)
    name: str | None = None


class Params(BaseModel):
    whole: int = Field(8, ge=0, lt=100, multiple_of=4)
    real: float = Field(0.5, gt=0, le=1)
    step: float = Field(0.5, multiple_of=0.1)
    text: str = Field("ab", min_length=1, max_length=3, pattern="^[a-c]+$")
    word: Literal["one", "two"] = "one"
    colour: Colour = Colour.RED
    flag: bool = True
    maybe: int | None = Field(None, ge=1)
    maybe_word: Literal["one"] | None = None
    row: list[int] = Field([1], min_length=1, max_length=3)
    shape: Shape = Shape(sides=3)
    epochs: int = 3


PANELS = ("whole", "real", "text")
TASK = task_of(AnnouncedTask(**{**vars(CHAR_LM), "parameters": Params.model_json_schema(), "panels": PANELS}))

# Numbers at which a limit lies, and values of every kind.
NUMBERS = st.sampled_from([-4, -1, 0, 1, 2, 4, 8, 96, 99, 100, 0.5, 1.0, 1.5, 0.1, 0.3, 0.35, 1e-9, 4.0])
VALUES = st.one_of(
    NUMBERS,
    st.booleans(),
    st.none(),
    st.sampled_from(["", "a", "abc", "abca", "d", "one", "two", "red", "blue", "green", "4"]),
    st.lists(NUMBERS | st.booleans(), max_size=4),
    st.fixed_dictionaries({}, optional={"sides": NUMBERS, "name": st.none() | st.just("a") | NUMBERS, "more": NUMBERS}),
)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(Params.model_fields)), VALUES)
def test_a_level_is_allowed_if_the_plug_ins_own_model_allows_it_and_means_the_same(factor: str, value: Any) -> None:
    # Within a list or an object, a level has 4 for 4.0.
    sent = canonical(value) if isinstance(value, list | dict) else json.dumps(value)
    try:
        own = Params.model_validate_json(f'{{"{factor}": {sent}}}', strict=True)
    except ValidationError:
        own = None
    try:
        cell = make_cell(TASK, {factor: value})
    except ValidationError:
        cell = None
    assert (cell is None) == (own is None)
    if cell is not None and own is not None:
        assert Params.model_validate(given_levels(cell.parameters)) == own
