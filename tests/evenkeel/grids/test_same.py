"""Combinations of levels that train as one are one cell, and it is said which they are."""

from typing import Any

from evenkeel.grids.cell import Cell
from evenkeel.grids.expand import expand
from evenkeel.grids.same import one_of_each, same_says
from evenkeel.grids.spec import grid_spec
from models.task import CLASSIFICATION

GRID = {"arch": ["yolo"], "norm": ["batch"], "init": ["he"]}


def combinations(exclude: list[dict[str, Any]] | None = None, **levels: list[Any]) -> list[Cell]:
    body = {"name": "a", "grid": GRID | levels, "exclude": exclude or []}
    return expand(grid_spec(CLASSIFICATION).model_validate(body), 1000)


def says(cells: list[Cell]) -> list[str]:
    return same_says(CLASSIFICATION, one_of_each(cells))


def test_the_cell_with_the_default_stands_for_those_that_train_as_it_does() -> None:
    found = one_of_each(combinations(momentum=[0.9, 0.5, 0.0], lr=[0.1, 0.01]))
    assert [(same.cell.levels["lr"], same.cell.levels["momentum"], len(same.all)) for same in found] == [
        (0.1, 0.0, 3),
        (0.01, 0.0, 3),
    ]


def test_without_the_default_the_first_stands_for_all() -> None:
    [same] = one_of_each(combinations(momentum=[0.9, 0.5]))
    assert same.cell.levels["momentum"] == 0.9


def test_the_cell_that_an_experiment_holds_goes_before_the_default() -> None:
    cells = combinations(momentum=[0.0, 0.5, 0.9])
    [same] = one_of_each(cells, held={cells[2].hash})
    assert same.cell is cells[2]


def test_cells_that_use_the_parameter_stay_apart() -> None:
    found = one_of_each(combinations(momentum=[0.0, 0.9], optimizer=["adam", "sgd"]))
    assert [(same.cell.levels["optimizer"], same.cell.levels["momentum"]) for same in found] == [
        ("adam", 0.0),
        ("sgd", 0.0),
        ("sgd", 0.9),
    ]


def test_it_is_said_for_which_levels_a_parameter_changes_nothing() -> None:
    cells = combinations(momentum=[0.0, 0.9], optimizer=["adam", "adamw", "sgd"], lr=[0.1, 0.01])
    assert says(cells) == [
        "momentum changes nothing for optimizer adam and adamw: 8 combinations of levels are 4 cells."
    ]


def test_a_parameter_that_no_cell_uses_is_said_of_the_grid() -> None:
    cells = combinations(momentum=[0.0, 0.5, 0.9], synthetic_classes=[10, 20])
    assert says(cells) == [
        "momentum and synthetic_classes change nothing in this grid: 6 combinations of levels are one cell."
    ]


def test_where_no_single_factor_tells_the_cells_apart_they_are_counted() -> None:
    cells = combinations(arch=["yolo", "resnet"], norm=["batch", "none"], batch_eps=[0.001, 0.1])
    assert says(cells) == ["batch_eps changes nothing in 1 of 7 cells: 2 combinations of levels are one cell."]


def test_each_set_of_parameters_has_its_sentence() -> None:
    cells = combinations(momentum=[0.0, 0.9], beta1=[0.9, 0.5], optimizer=["adam", "sgd"])
    assert says(cells) == [
        "momentum changes nothing for optimizer adam: 4 combinations of levels are 2 cells.",
        "beta1 changes nothing for optimizer sgd: 4 combinations of levels are 2 cells.",
    ]


def test_nothing_is_said_of_a_grid_whose_levels_all_count() -> None:
    assert says(combinations(lr=[0.1, 0.01])) == []
    assert says(combinations([{"momentum": 0.9}], momentum=[0.0, 0.9])) == []
