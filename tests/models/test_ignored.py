"""A task says which parameters change nothing. `tests/trainer/classification/test_ignored.py` trains to check that."""

from typing import Any

import pytest

from evenkeel.grids.announced import with_levels
from evenkeel.grids.cell import Cell, make_cell
from evenkeel.plugins import AnnouncedLevel, Package
from models.task import CLASSIFICATION

BASE = {"arch": "yolo", "norm": "batch", "init": "he"}
OTHER_DATA = {"synthetic_classes", "synthetic_examples"}
FOR_SGD = {"beta1", "beta2", "adam_eps", "adam_epsilon"}


def cell(**levels: Any) -> Cell:
    return make_cell(CLASSIFICATION, BASE | levels)


@pytest.mark.parametrize(
    ("levels", "ignored"),
    [
        ({"dataset": "synthetic"}, {"momentum"}),
        ({}, {"momentum"} | OTHER_DATA),
        ({"optimizer": "adamw", "beta2": 0.0}, {"momentum", "adam_epsilon"} | OTHER_DATA),
        ({"optimizer": "sgd", "beta2": 0.0}, FOR_SGD | OTHER_DATA),
        ({"arch": "vgg"}, {"momentum", "leaky_slope"} | OTHER_DATA),
        ({"norm": "none"}, {"momentum", "batch_eps", "batch_momentum"} | OTHER_DATA),
        ({"norm": "layer"}, {"momentum", "batch_momentum"} | OTHER_DATA),
        ({"epochs": 5, "warmup_epochs": 5}, {"momentum", "schedule"} | OTHER_DATA),
        ({"epochs": 1}, {"momentum", "stop"} | OTHER_DATA),
    ],
)
def test_a_cell_ignores_what_its_other_parameters_leave_no_use_for(levels: dict[str, Any], ignored: set[str]) -> None:
    assert cell(**levels).ignored == ignored


@pytest.mark.parametrize("arch", ["resnet", "plain"])
def test_the_batch_norm_in_the_stem_of_a_network_without_norm_uses_epsilon_and_momentum(arch: str) -> None:
    norms = {"batch_eps", "batch_momentum"}
    assert cell(arch=arch, norm="none").ignored & norms == set()
    assert cell(arch=arch, norm="none", stem_norm="none").ignored & norms == norms
    assert cell(arch=arch, norm="group").ignored & norms == {"batch_momentum"}
    assert cell(arch=arch, norm="batch", stem_norm="none").ignored & norms == set()


def test_cells_that_differ_in_nothing_else_train_as_one_and_keep_their_hashes() -> None:
    plain, other = cell(), cell(momentum=0.9, synthetic_classes=3)
    assert plain.trains_as == other.trains_as
    assert plain.hash != other.hash
    assert cell(optimizer="sgd").trains_as != cell(optimizer="sgd", momentum=0.9).trains_as
    assert plain.trains_as != cell(batch_eps=1e-5).trains_as


def test_no_required_parameter_and_no_parameter_that_decides_is_ignored() -> None:
    """Otherwise a cell would ignore something else once an ignored parameter has another level."""
    for levels in ({}, {"optimizer": "sgd"}, {"arch": "resnet", "norm": "none"}, {"epochs": 1, "warmup_epochs": 1}):
        one = cell(**levels)
        defaults = {name: CLASSIFICATION.parameters.model_fields[name].default for name in one.ignored}
        assert make_cell(CLASSIFICATION, one.levels | defaults).ignored == one.ignored


@pytest.mark.parametrize(
    ("levels", "ignored"),
    [
        ({"arch": "own"}, {"momentum", "leaky_slope"} | OTHER_DATA),
        ({"arch": "own", "norm": "none"}, {"momentum", "leaky_slope", "batch_eps", "batch_momentum"} | OTHER_DATA),
        ({"norm": "own"}, {"momentum", "batch_eps", "batch_momentum"} | OTHER_DATA),
        ({"arch": "resnet", "norm": "own"}, {"momentum", "leaky_slope", "batch_eps", "batch_momentum"} | OTHER_DATA),
        ({"init": "own"}, {"momentum"} | OTHER_DATA),
        ({"optimizer": "own", "epochs": 1}, set()),
    ],
)
def test_code_of_a_plug_in_ignores_what_it_does_not_get(levels: dict[str, Any], ignored: set[str]) -> None:
    """Its arch gets the norm, its norm the channels, its init the weight, and its optimizer the whole cell."""
    factors = ("arch", "norm", "init", "optimizer")
    own = [AnnouncedLevel("classification", factor, "own", Package("lab-nets", "0.1.0")) for factor in factors]
    assert make_cell(with_levels(CLASSIFICATION, own), BASE | levels).ignored == ignored
