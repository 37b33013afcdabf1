"""A plan says the smallest difference between two cells that so many seeds would show."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from bells import Bell
from records import finish_run, make_cell

from evenkeel.analysis.planning import plan_study
from evenkeel.grids.spec import grid_spec
from evenkeel.lab.context import Lab
from evenkeel.lab.planned import Detectable
from evenkeel.plugins import Outcome
from evenkeel.settings import Settings
from evenkeel.statistics.detectable import smallest_difference
from evenkeel.store import Store
from models.task import CLASSIFICATION

NORMS = {"arch": ["yolo"], "norm": ["none", "batch"], "init": ["he"]}


@pytest.fixture
def lab(migrated_file: Path, tmp_path: Path) -> Iterator[Lab]:
    shutil.copy(migrated_file, tmp_path / "lab.db")
    with closing(Store(f"sqlite:///{tmp_path}/lab.db")) as store:
        yield Lab(Settings(), store, Bell())


def shown(lab: Lab, seeds: Any, grid: dict[str, Any] | None = None, name: str = "exp") -> Detectable:
    body = {"name": name, "grid": grid or NORMS, "seeds": seeds, "train": {"width": 0.25, "epochs": 3}}
    found = plan_study(lab, grid_spec(CLASSIFICATION).model_validate(body)).detectable
    assert found is not None
    return found


def test_so_few_seeds_that_they_can_show_nothing_are_said_to_show_nothing(lab: Lab) -> None:
    found = shown(lab, 3)
    assert (found.seeds, found.smallest_p, found.in_stds, found.difference) == (3, 0.1, None, None)
    assert found.says == (
        "With 3 seeds a cell, no comparison of two cells can show a difference, however large: p is at least 0.1, and "
        "would have to be at most 0.04. It takes 4 seeds."
    )
    assert shown(lab, 3, NORMS | {"init": ["he", "glorot"]}).says.endswith(
        "The effect of a factor may still be shown, since all cells tell of it."
    )


def test_without_finished_cells_the_difference_is_told_in_standard_deviations(lab: Lab) -> None:
    found = shown(lab, [4, 8, 15, 16, 23])
    assert (found.seeds, found.level, found.std, found.difference) == (5, 0.04, None, None)
    assert found.in_stds == smallest_difference(5, 0.04)
    assert found.says == (
        "With 5 seeds a cell, a comparison of two cells shows a difference of 2.3 standard deviations over the seeds "
        "in four of five studies (p at most 0.04)."
    )


def test_with_finished_cells_it_is_told_in_the_unit_of_the_metric_with_the_spread_that_they_share(lab: Lab) -> None:
    for seed, value in enumerate([0.5, 0.7]):
        finish_run(lab.store, make_cell(), seed, [0.1, 0.2, value])
        finish_run(lab.store, make_cell(norm="batch"), seed, [0.1, 0.2, value / 2])
    # These tell nothing about the spread of runs that train.
    finish_run(lab.store, make_cell(init="glorot"), 0, [0.1], Outcome.COLLAPSED)
    finish_run(lab.store, make_cell(init="glorot"), 1, [0.9])
    found = shown(lab, 6)
    pooled = ((0.02 + 0.005) / 2) ** 0.5
    assert (found.std, found.from_runs, found.metric) == (pytest.approx(pooled), 4, "train_accuracy")
    assert found.difference == pytest.approx(found.in_stds * pooled if found.in_stds else 0)
    assert "In train_accuracy that is about" in found.says
    assert "judged by 4 finished runs" in found.says


def test_seeds_that_are_added_to_finished_ones_have_the_lower_level_of_a_later_look(lab: Lab) -> None:
    for seed in range(2):
        finish_run(lab.store, make_cell(), seed, [0.1, 0.2, 0.3])
    assert (shown(lab, 2).level, shown(lab, 6).level) == (0.04, 0.005)
    # Seeds of a new cell are no second look.
    assert shown(lab, 6, NORMS | {"norm": ["batch"]}).level == 0.04
    assert shown(lab, 6, name="other").level == 0.04


def test_a_rule_for_seeds_has_its_most_seeds_and_its_share_of_the_level(lab: Lab) -> None:
    found = shown(lab, {"min": 2, "max": 11, "until": {"decided": "norm"}})
    assert (found.seeds, found.level) == (11, 0.004)
