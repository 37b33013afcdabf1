"""The longest runs of a seed come first, so that no slot is left alone with one at the end."""

import random
from collections.abc import Sequence
from dataclasses import replace
from statistics import mean

import pytest
from records import TAKER, TASKS, make_cell

from evenkeel.grids.cell import Cell
from evenkeel.grids.sharing import Device
from evenkeel.grids.spec import grid_spec
from evenkeel.lab.context import Lab
from evenkeel.lab.planning import longest_first, plan_grid, to_train
from evenkeel.lab.posting import post_grid
from evenkeel.lab.slots import Line, Slot, play
from evenkeel.records.workers import Worker
from evenkeel.store import now_ms
from models.task import CLASSIFICATION

WIDTHS = (0.125, 0.5, 0.25)
GRID = {
    "name": "exp",
    "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"], "width": list(WIDTHS)},
    "seeds": 2,
    "train": {"epochs": 3},
}


def widths(cells: Sequence[Cell]) -> list[float]:
    return [cell.levels["width"] for cell in cells]


def test_of_the_runs_with_the_same_seed_the_longest_is_taken_first(empty_lab: Lab) -> None:
    spec = grid_spec(CLASSIFICATION).model_validate(GRID)
    foretold = to_train(empty_lab, spec)
    post_grid(empty_lab, spec)
    empty_lab.store.workers.see(Worker("w", 9, "cpu", "v", now_ms(), TASKS))
    claims = [claim for _ in range(6) if (claim := empty_lab.store.claims.take(TAKER, 60)) is not None]
    assert [claim.spec.seed for claim in claims] == [0, 0, 0, 1, 1, 1]
    assert widths([claim.spec.cell for claim in claims]) == [0.5, 0.25, 0.125] * 2
    # The plan plays the queue through in that order, and shows the cells in the order of their levels.
    assert foretold is not None
    assert widths(foretold.cells) == [0.5, 0.25, 0.125] * 2
    assert [cell.levels["width"] for cell in plan_grid(empty_lab, spec).cells] == sorted(WIDTHS)


def test_more_epochs_make_a_run_longer_and_equal_runs_keep_their_order() -> None:
    many, few, wide = make_cell(epochs=9), make_cell(epochs=2), make_cell(epochs=2, width=0.5)
    assert longest_first([few, many, wide], []) == [many, wide, few]
    same = [make_cell(init=init) for init in ("lecun", "he", "glorot")]
    assert longest_first(same, []) == same


def test_cells_of_which_one_has_no_known_length_keep_their_order() -> None:
    untold = replace(CLASSIFICATION, work=lambda cell, prepared: None if cell.width == 0.5 else 1)
    cells = [Cell(untold, make_cell(width=width).parameters) for width in WIDTHS]
    assert longest_first(cells, []) == cells


@pytest.mark.parametrize("slots", [2, 4, 8])
def test_grids_end_sooner_on_the_whole_and_hardly_ever_later_than_in_the_order_of_their_levels(slots: int) -> None:
    draw = random.Random(slots)
    shares = []
    for _ in range(200):
        lengths = [draw.lognormvariate(0, 1) for _ in range(draw.randint(slots, 24))]
        seeds = draw.randint(1, 5)
        shares.append(end(sorted(lengths, reverse=True) * seeds, slots) / end(lengths * seeds, slots))
    assert mean(shares) < 0.98
    assert sum(share > 1.001 for share in shares) < 0.1 * len(shares)
    assert max(shares) < 1.1


def end(lengths: Sequence[float], slots: int) -> float:
    """When the last of these runs ends, if they are taken in this order."""
    placed = play([Slot(Device.CPU)] * slots, [Line([{Device.CPU: length} for length in lengths])], 0)
    assert placed is not None
    return max(run.end for run in placed)
