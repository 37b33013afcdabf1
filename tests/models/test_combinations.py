"""Levels that do not go together are refused, and notes say what the levels do not."""

from typing import Any

import pytest

from evenkeel.grids.cell import make_cell
from evenkeel.statistics.outcome import DIVERGED_TIMES_START, LOST_AFTER_EPOCHS_AT_CHANCE
from models.combinations import notes, problem
from models.task import CLASSIFICATION, Classification


def cell(**levels: Any) -> Classification:
    return Classification.model_validate({"arch": "resnet", "norm": "none", "init": "he"} | levels)


@pytest.mark.parametrize("arch", ["yolo", "vgg"])
def test_a_network_without_a_stem_cannot_lose_its_norm(arch: str) -> None:
    found = problem(cell(arch=arch, stem_norm="none"))
    assert found == ("stem_norm", f"'none' needs a stem, which '{arch}' does not have; arch 'plain', 'resnet' have one")
    assert problem(cell(arch=arch, stem_norm="paper")) is None


@pytest.mark.parametrize("arch", ["resnet", "plain"])
@pytest.mark.parametrize("norm", ["batch", "none", "group", "layer"])
def test_a_stem_may_lose_its_norm_whatever_norm_follows_the_other_convolutions(arch: str, norm: str) -> None:
    assert problem(cell(arch=arch, norm=norm, stem_norm="none")) is None


@pytest.mark.parametrize("arch", ["resnet", "plain"])
def test_that_a_stem_keeps_batch_norm_where_norm_is_none_is_said(arch: str) -> None:
    [note] = notes(cell(arch=arch))
    assert note.startswith(f"norm none keeps batch norm in the stem of {arch}, as in the paper's ResNet26")
    assert list(notes(cell(arch=arch, stem_norm="none"))) == []


@pytest.mark.parametrize("levels", [{"norm": "batch"}, {"norm": "group"}, {"arch": "yolo"}, {"arch": "vgg"}])
def test_nothing_is_said_of_a_stem_that_has_what_norm_says(levels: dict[str, str]) -> None:
    assert list(notes(cell(**levels))) == []


def test_that_sgd_has_no_epsilon_is_said_where_one_was_chosen_and_refuses_nothing() -> None:
    keras = cell(norm="batch", optimizer="sgd", adam_epsilon="keras")
    assert problem(keras) is None
    assert list(notes(keras)) == ["adam_epsilon changes nothing for sgd, which has no epsilon."]
    assert list(notes(cell(norm="batch", optimizer="adam", adam_epsilon="keras"))) == []
    assert list(notes(cell(norm="batch", optimizer="sgd"))) == []


def test_that_adamw_is_adam_is_said_where_no_weight_decays() -> None:
    assert list(notes(cell(norm="batch", optimizer="adamw"))) == ["adamw without weight_decay trains as adam does."]
    assert list(notes(cell(norm="batch", optimizer="adamw", weight_decay=0.1))) == []


def test_that_a_run_may_end_early_is_said_where_it_may() -> None:
    [note] = notes(cell(norm="batch", stop="lost"))
    assert note == "stop lost ends a run at chance early. In later epochs it counts with its last values."
    assert list(notes(cell(norm="batch", stop="nonfinite"))) == []


def test_the_description_of_stop_has_the_numbers_that_decide() -> None:
    said = str(Classification.model_fields["stop"].description)
    assert f"above {DIVERGED_TIMES_START:g} times its start" in said
    assert f"{LOST_AFTER_EPOCHS_AT_CHANCE} epochs in a row at chance" in said


def test_a_cell_without_stop_has_the_hash_that_it_had_before_there_was_this_factor() -> None:
    levels = {"arch": "resnet", "norm": "none", "init": "he"}
    plain = make_cell(CLASSIFICATION, levels)
    assert plain.hash == make_cell(CLASSIFICATION, levels | {"stop": "nonfinite"}).hash == "f9c39805c41e9486"
    assert plain.hash != make_cell(CLASSIFICATION, levels | {"stop": "lost"}).hash
    assert "stop" in CLASSIFICATION.later


def test_the_description_of_norm_says_what_none_leaves() -> None:
    said = str(Classification.model_fields["norm"].description)
    assert "With none, resnet and plain keep batch norm in their stem" in said
    assert "stem_norm" in said
