"""Where training breaks, in one sentence."""

from itertools import product
from typing import Any

import pytest

from evenkeel.analysis.wording.breaking import MEANS, where_it_breaks

RATES = [0.05, 0.2, 0.5]


def said(breaking: set[tuple[Any, ...]], **order: list[Any]) -> str:
    """The sentence about the full grid of these levels. breaking: the levels of the cells that break."""
    grid = list(product(*order.values()))
    cells = [dict(zip(order, levels, strict=True)) | {"epochs": 8} for levels in grid]
    told = where_it_breaks(cells, [levels in breaking for levels in grid], order | {"epochs": [8]})
    assert told == "" or told.endswith(f". {MEANS}")
    return told.removesuffix(f" {MEANS}")


def test_each_group_is_told_with_the_levels_between_which_it_breaks() -> None:
    breaking = {("resnet", 0.5), *(("plain", lr) for lr in RATES)}
    assert said(breaking, arch=["resnet", "plain"], lr=RATES) == (
        "resnet breaks between lr 0.2 and 0.5; plain at every lr tried."
    )


def test_where_nothing_breaks_nothing_is_said() -> None:
    assert said(set(), arch=["resnet", "plain"], lr=RATES) == ""


def test_groups_that_break_alike_stand_together_and_those_that_never_break_come_last() -> None:
    breaking = {("plain", 0.5), ("yolo", 0.5)}
    assert said(breaking, arch=["resnet", "plain", "yolo"], lr=RATES) == (
        "plain and yolo break between lr 0.2 and 0.5; resnet at no lr tried."
    )


def test_a_factor_that_makes_no_difference_is_not_named() -> None:
    everywhere = {(arch, 0.5) for arch in ("resnet", "plain")}
    assert said(everywhere, arch=["resnet", "plain"], lr=RATES) == "Training breaks between lr 0.2 and 0.5."
    by_norm = {(arch, "none", lr) for arch in ("resnet", "plain") for lr in (0.2, 0.5)}
    assert said(by_norm, arch=["resnet", "plain"], norm=["batch", "none"], lr=RATES) == (
        "norm none breaks between lr 0.05 and 0.2; batch at no lr tried."
    )


def test_two_factors_that_matter_are_both_named() -> None:
    assert said({("plain", "none", 0.5)}, arch=["resnet", "plain"], norm=["batch", "none"], lr=RATES) == (
        "plain with norm none breaks between lr 0.2 and 0.5; the others at no lr tried."
    )


@pytest.mark.parametrize(
    ("breaks", "words"),
    [
        ({0.05}, "at lr 0.05"),
        ({0.05, 0.2}, "at lr 0.2 and below"),
        ({0.2}, "at lr 0.2"),
        ({0.05, 0.5}, "at lr 0.05 and 0.5"),
        ({0.05, 0.2, 0.5}, "at every lr tried"),
    ],
)
def test_breaking_at_low_levels_or_in_the_middle_is_told_too(breaks: set[float], words: str) -> None:
    assert said({(lr,) for lr in breaks}, lr=RATES) == f"Training breaks {words}."


def test_of_two_numeric_factors_the_one_along_which_training_breaks_is_told() -> None:
    breaking = {(width, 0.5) for width in (0.25, 0.5, 1.0, 2.0)}
    assert said(breaking, width=[0.25, 0.5, 1.0, 2.0], lr=RATES) == "Training breaks between lr 0.2 and 0.5."


def test_without_a_numeric_factor_the_groups_that_break_are_named() -> None:
    grid: dict[str, list[Any]] = {"arch": ["resnet", "yolo"], "norm": ["batch", "none"]}
    assert said({("yolo", "none")}, **grid) == "yolo with norm none breaks; the others do not."
    assert said({("yolo", "none"), ("yolo", "batch")}, **grid) == "yolo breaks; the others do not."
    assert said(set(product(*grid.values())), **grid) == "Training breaks in every cell."


def test_more_groups_than_fit_a_sentence_are_counted() -> None:
    grid: dict[str, list[Any]] = {"arch": ["resnet", "plain", "yolo"], "norm": ["batch", "none", "group", "layer"]}
    breaking = {levels for number, levels in enumerate(product(*grid.values())) if number % 2 or number == 4}
    breaking = {levels for levels in breaking if levels != ("plain", "none")}
    assert said(breaking, **grid) == f"Training breaks in {len(breaking)} of 12 cells."


def test_a_missing_cell_and_a_single_one_are_no_trouble() -> None:
    cells = [{"arch": "resnet", "lr": 0.05}, {"arch": "resnet", "lr": 0.2}, {"arch": "plain", "lr": 0.2}]
    order: dict[str, list[Any]] = {"arch": ["resnet", "plain"], "lr": RATES}
    told = where_it_breaks(cells, [False, False, True], order)
    assert told.startswith("plain breaks at lr 0.2; resnet at no lr tried.")
    assert where_it_breaks(cells[:1], [True], order).startswith("Training breaks in every cell.")
