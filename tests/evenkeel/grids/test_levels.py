"""The order of levels, the factors in which cells differ, and the names of cells."""

from dataclasses import replace
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from evenkeel.grids.levels import differing, differing_beyond_name, in_order, levels_in_use, rank, short_name, show
from evenkeel.plugins import Panels, Task
from models.task import CLASSIFICATION, METRICS


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"
    HUGE = "huge"


class Walk(BaseModel):
    pace: float
    size: Size = Size.SMALL
    mode: Annotated[Literal["walk", "run", "fly"] | None, Field()] = None
    barefoot: bool = False
    place: str = "park"
    steps: int | None = None


WALK = Task("walk", 1, Walk, METRICS, METRICS[0].name, Panels("size", "place", "place"))
LEVELS: dict[str, Any] = Walk(pace=1.5).model_dump(mode="json")


@pytest.mark.parametrize(
    ("factor", "levels"),
    [
        ("size", ["small", "large", "huge"]),
        ("mode", ["walk", "run", "fly", None]),
        ("pace", [0.5, 1, 9.5, 10.0]),
        ("barefoot", [False, True]),
        ("place", ["attic", "beach", "zoo"]),
        ("steps", [None, 2, 10]),
    ],
)
def test_levels_stand_as_declared_else_numbers_by_size_and_words_by_the_alphabet(
    factor: str, levels: list[Any]
) -> None:
    assert in_order(WALK, factor, levels[::-1] + levels) == levels


def test_cells_sort_by_the_factors_that_name_them_and_then_by_the_others_as_declared() -> None:
    changes: list[dict[str, Any]] = [
        {},
        {"pace": 2.0, "mode": "fly"},
        {"pace": 10.0, "mode": "walk"},
        {"place": "zoo", "pace": 0.1},
        {"size": "large", "place": "beach", "pace": 0.1},
    ]
    cells = [LEVELS | change for change in changes]
    posted = cells[::-1]
    assert sorted(posted, key=lambda levels: rank(WALK, levels)) == cells


def test_the_factors_in_which_cells_differ_are_told_in_the_order_by_which_cells_are_sorted() -> None:
    cells = [LEVELS, LEVELS | {"pace": 2.0, "barefoot": True}, LEVELS | {"size": "huge"}]
    assert differing(WALK, cells) == ["size", "pace", "barefoot"]
    assert differing_beyond_name(WALK, cells) == ["pace", "barefoot"]
    assert differing(WALK, cells[:1]) == differing(WALK, []) == []


def test_a_level_is_written_as_short_as_it_can_be_without_becoming_another_one() -> None:
    told = [show(level) for level in (0.01, 1e-05, 0.1 + 0.2, 2.0, 7, True, "he", None)]
    assert told == ["0.01", "1e-05", "0.30000000000000004", "2", "7", "True", "he", "None"]


def test_a_factor_that_names_a_cell_twice_stands_once_in_its_name() -> None:
    assert short_name(WALK, LEVELS) == "small-park"
    assert short_name(replace(CLASSIFICATION, panels=Panels("lr", "lr", "lr")), {"lr": 0.1}) == "0.1"


def ignoring(*cells: dict[str, Any]) -> list[tuple[Any, ...]]:
    """(size, steps) of walks that are in use. Only large walks use their number of steps."""
    task = replace(WALK, ignores=lambda walk: [] if walk.size is Size.LARGE else ["steps"])
    levels = [Walk(pace=1.5, **cell).model_dump(mode="json") for cell in cells]
    return [(each["size"], each["steps"]) for each in levels_in_use(task, levels)]


def test_a_cell_that_ignores_a_parameter_gets_a_level_that_others_use() -> None:
    large, small = {"size": "large"}, {"size": "small"}
    assert ignoring(large | {"steps": 9}, small | {"steps": 1}) == [("large", 9), ("small", 9)]
    found = ignoring(large | {"steps": 9}, large | {"steps": 5}, small | {"steps": 9}, small)
    assert found == [("large", 9), ("large", 5), ("small", 9), ("small", 5)]


def test_a_parameter_that_no_cell_uses_has_one_level() -> None:
    assert ignoring({"size": "huge", "steps": 2}, {"size": "small", "steps": 1}) == [("huge", 1), ("small", 1)]
