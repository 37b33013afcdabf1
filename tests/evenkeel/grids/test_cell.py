"""The identity of a cell and its name."""

from dataclasses import replace
from typing import Any

import pytest

from evenkeel.grids.cell import Cell, UnreadableCell, make_cell, read_cell
from models.task import CLASSIFICATION

CELL = {"arch": "yolo", "norm": "batch", "init": "he"}
SGD = {"lr": 0.003, "optimizer": "sgd", "momentum": 0.9, "width": 0.25, "epochs": 8}
FOOD = {"dataset": "food101", "image_size": 128, "batch_momentum": 0.01, "precision": "bf16", "augment": "crop"}


def cell(**levels: Any) -> Cell:
    return make_cell(CLASSIFICATION, CELL | levels)


@pytest.mark.parametrize(
    ("levels", "kept"),
    [
        ({}, "5074b15f8e5cefd5"),
        ({"arch": "resnet", "norm": "none", "init": "zero_residual", "image_size": 64}, "0016038e1e27cd2b"),
        (SGD, "858149407a5304e0"),
        (FOOD, "9597d5209606f373"),
    ],
)
def test_a_cell_of_classification_has_the_hash_that_it_had_before_there_were_tasks(
    levels: dict[str, Any], kept: str
) -> None:
    assert cell(**levels).hash == kept


def test_the_same_levels_of_another_task_are_another_cell() -> None:
    other = replace(CLASSIFICATION, name="other")
    assert make_cell(other, CELL).hash != cell().hash
    assert make_cell(other, CELL).hash == make_cell(other, CELL | {"lr": 0.001}).hash


def test_the_same_levels_at_a_later_version_of_the_task_are_another_cell() -> None:
    for name in ("classification", "other"):
        hashes = {make_cell(replace(CLASSIFICATION, name=name, version=version), CELL).hash for version in (1, 2, 3)}
        assert len(hashes) == 3


def test_a_cell_of_another_task_has_the_hash_that_it_had_before_versions_were_part_of_it() -> None:
    assert make_cell(replace(CLASSIFICATION, name="other"), CELL).hash == "1fabcf969dfd2939"


def test_a_default_spelled_out_is_the_same_cell() -> None:
    assert cell(lr=0.001, batch_size=64).hash == cell().hash
    assert cell(lr=0.002).hash != cell().hash


def test_every_default_spelled_out_is_the_same_cell_and_every_other_value_is_not() -> None:
    full = cell().levels
    assert set(full) == set(CLASSIFICATION.factors)
    assert make_cell(CLASSIFICATION, full).hash == cell().hash
    other = {"arch": "resnet", "norm": "none", "init": "glorot"} | {
        name: (full[name] or 0.5) / 2 if isinstance(full[name], float) else full[name] + 1
        for name in full
        if not isinstance(full[name], str)
    }
    hashes = [make_cell(CLASSIFICATION, full | {name: value}).hash for name, value in other.items()]
    assert len({cell().hash, *hashes}) == 1 + len(other)


def test_a_cell_comes_back_from_what_is_stored_of_it() -> None:
    stored = cell(**SGD).stored_levels
    assert stored == CELL | SGD
    assert read_cell("classification", stored) == cell(**SGD)


@pytest.mark.parametrize(
    ("task", "levels", "field", "level", "says"),
    [
        ("classification", {"sharpness": 3}, "sharpness", 3, "is not a factor here; known: arch, norm, init, dataset"),
        ("classification", {"arch": "my_net"}, "arch", "my_net", "allowed: yolo, resnet, plain, vgg"),
        ("classification", {"norm": {"kind": "my"}}, "norm", {"kind": "my"}, "allowed: batch, none, group, layer"),
        ("classification", {"lr": "high"}, "lr", "high", "'high' is not a level here; allowed: a valid number"),
        ("classification", {"width": 9.0}, "width", 9.0, "allowed: less than or equal to 4"),
        ("classification", {"batch_size": 1}, "batch_size", 1, "batch norm needs the variance of two or more examples"),
        ("chess", {}, "task", "chess", "'chess' is not a task here; known: classification"),
    ],
)
def test_what_would_be_misread_is_refused_by_its_name_and_no_version_is_blamed(
    task: str, levels: dict[str, Any], field: str, level: Any, says: str
) -> None:
    with pytest.raises(UnreadableCell) as caught:
        read_cell(task, CELL | levels)
    assert (caught.value.field, caught.value.level) == (field, level)
    assert str(caught.value).startswith(f"{field}: ")
    assert says in str(caught.value)
    assert "version" not in str(caught.value)


def test_a_cell_without_a_level_that_has_no_default_is_refused() -> None:
    with pytest.raises(UnreadableCell, match=r"^arch: has no level, and this factor has no default$"):
        read_cell("classification", {"norm": "none", "init": "he"})


def test_levels_that_do_not_go_together_are_no_cell() -> None:
    with pytest.raises(ValueError, match="image_size: resnet takes images of 16 to 512 pixels, not 8"):
        cell(arch="resnet", image_size=8)


def test_a_cells_name_is_its_levels_of_the_tasks_three_factors_and_the_beginning_of_its_hash() -> None:
    assert cell().name == "yolo-batch-he-5074b1"
    assert cell(**SGD).name == "yolo-batch-he-858149"
    assert make_cell(replace(CLASSIFICATION, name="other"), CELL).name == "yolo-batch-he-1fabcf"


def test_cells_are_ranked_by_their_levels() -> None:
    cells = [cell(arch="resnet"), cell(lr=0.1, norm="none"), cell(lr=0.01), cell(lr=0.003)]
    assert sorted(cells, key=lambda each: each.rank) == cells[::-1]


def test_a_cell_of_a_task_that_declares_nothing_ignored_trains_as_no_other() -> None:
    task = replace(CLASSIFICATION, ignores=lambda parameters: ())
    cells = [make_cell(task, CELL | levels) for levels in ({}, {"momentum": 0.9}, {"synthetic_classes": 3})]
    assert [each.ignored for each in cells] == [frozenset()] * 3
    assert len({each.trains_as for each in cells}) == 3
