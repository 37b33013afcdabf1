"""The grid of an experiment has exactly its cells and seeds, so that posting it again creates nothing."""

from typing import Any

import pytest
from records import make_cell

from evenkeel.grids.cell import Cell
from evenkeel.grids.spec import grid_spec
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NoSuchExperiment
from evenkeel.lab.grid_of import grid_of
from evenkeel.lab.posting import post_grid
from models.task import CLASSIFICATION


def posted_again(lab: Lab, grid: dict[str, Any]) -> tuple[int, int]:
    again = post_grid(lab, grid_spec(CLASSIFICATION).model_validate(grid))
    return again.created, again.existing


@pytest.mark.parametrize(
    "cells",
    [
        [make_cell()],
        [make_cell(), make_cell(norm="batch"), make_cell("resnet")],
        [make_cell(lr=0.1), make_cell(optimizer="sgd", momentum=0.9), make_cell(optimizer="sgd")],
        [make_cell("resnet", init="zero_residual"), make_cell("yolo")],
    ],
)
@pytest.mark.parametrize("seeds", [range(3), [4, 7]])
def test_its_grid_creates_nothing_when_it_is_posted_again(lab: Lab, cells: list[Cell], seeds: Any) -> None:
    lab.store.grids.ensure("mine", cells, seeds)
    grid = grid_of(lab, "mine")
    assert grid["seeds"] == (3 if seeds == range(3) else [4, 7])
    assert posted_again(lab, grid) == (0, len(cells) * len(seeds))


def test_a_level_that_is_added_to_it_adds_only_its_own_cells(lab: Lab) -> None:
    grid = grid_of(lab, "exp")
    assert (grid["grid"], grid["seeds"]) == ({"norm": ["batch", "none"]}, [0, 3])
    grid["grid"]["norm"] += ["group"]
    assert posted_again(lab, grid) == (2, 4)


def test_the_rule_for_seeds_is_part_of_it(lab: Lab) -> None:
    rule = {"min": 2, "max": 4, "until": {"half_width": 0.01}}
    body = {"name": "ruled", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "seeds": rule}
    post_grid(lab, grid_spec(CLASSIFICATION).model_validate(body))
    assert grid_of(lab, "ruled")["seeds"] == rule
    with pytest.raises(NoSuchExperiment):
        grid_of(lab, "nothing")
