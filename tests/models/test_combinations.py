"""Levels that do not go together are refused, and notes say what the levels do not."""

from typing import Any

import pytest

from evenkeel.grids.announced import with_levels
from evenkeel.grids.cell import make_cell
from evenkeel.plugins import AnnouncedLevel, Package
from evenkeel.statistics.outcome import DIVERGED_TIMES_START, LOST_AFTER_EPOCHS_AT_CHANCE
from models.combinations import notes, problem
from models.task import CLASSIFICATION, Classification, num_parameters


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
    assert note.startswith(f"norm none keeps batch norm in the stem of {arch}, as in the ResNet26 of McInroe 2020")
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


def own_cell(**levels: Any) -> Any:
    """A cell with levels 'own' that a plug-in brings."""
    factors = ("arch", "norm", "init", "optimizer")
    own = [AnnouncedLevel("classification", factor, "own", Package("lab-nets", "0.1.0")) for factor in factors]
    task = with_levels(CLASSIFICATION, own)
    return task.parameters.model_validate({"arch": "resnet", "norm": "batch", "init": "he"} | levels)


@pytest.mark.parametrize("factor", ["arch", "norm", "init", "optimizer"])
@pytest.mark.parametrize("stem_norm", ["paper", "none"])
def test_what_only_the_code_of_a_plug_in_could_tell_is_not_refused_and_not_counted(factor: str, stem_norm: str) -> None:
    levels = {"init": "zero_residual", "image_size": 8} if factor == "arch" else {"stem_norm": stem_norm}
    own = own_cell(**levels | {factor: "own"})
    assert problem(own) is None
    assert list(notes(own)) == []
    counted = num_parameters(own_cell(stem_norm=own.stem_norm), None)
    assert num_parameters(own, None) == (None if factor in ("arch", "norm") else counted)


def test_what_the_code_of_a_plug_in_cannot_get_is_refused() -> None:
    found = problem(own_cell(arch="own", stem_norm="none"))
    assert found == ("stem_norm", "'none' needs a stem, which 'own' does not have; arch 'plain', 'resnet' have one")
    assert problem(own_cell(arch="own", batch_size=1)) is not None
    assert problem(own_cell(arch="own", norm="own", batch_size=1)) is None


def test_a_cell_of_built_in_levels_keeps_its_hash_beside_levels_of_plug_ins() -> None:
    wide = own_cell(norm="none")
    assert type(wide) is not Classification
    assert wide.model_dump(mode="json") == cell().model_dump(mode="json")
    assert problem(own_cell(init="zero_residual", arch="vgg")) == problem(cell(init="zero_residual", arch="vgg"))
