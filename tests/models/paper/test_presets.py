"""The task's presets name a value for every choice that the paper leaves open."""

from typing import Any

import pytest

from evenkeel.grids.cell import make_cell
from evenkeel.grids.expand import expand
from evenkeel.grids.spec import grid_spec
from models.task import CLASSIFICATION, Classification

# These factors do not matter for the paper's grid, or are not a choice.
LEFT_OUT = {
    "weight_decay", "momentum", "warmup_epochs", "grad_clip", "label_smoothing", "label_noise", "train_fraction",
    "synthetic_classes", "synthetic_examples", "stop",
}  # fmt: skip


def test_the_papers_grid_spells_out_every_choice_that_the_paper_leaves_open() -> None:
    preset = CLASSIFICATION.presets["paper"]
    assert set(preset["grid"]) | set(preset["train"]) == set(Classification.model_fields) - LEFT_OUT


def test_the_papers_grid_trains_with_keras_adam_and_keras_batch_norm() -> None:
    train = CLASSIFICATION.presets["paper"]["train"]
    keras = {"adam_epsilon": "keras", "adam_eps": 1e-7, "batch_momentum": 0.01, "batch_eps": 1e-3}
    assert {name: train[name] for name in keras} == keras
    assert (train["input_scale"], train["stem_norm"]) == ("signed", "paper")


def test_the_grid_of_fashion_mnist_is_the_papers_but_for_the_data_and_the_size() -> None:
    paper, fashion = (CLASSIFICATION.presets[name] for name in ("paper", "fashion"))
    assert fashion["grid"] == paper["grid"]
    differ = {name for name in paper["train"] if paper["train"][name] != fashion["train"][name]}
    assert differ == {"dataset", "image_size", "width", "epochs"}
    assert fashion["train"].keys() == paper["train"].keys()


@pytest.mark.parametrize(
    ("preset", "kept"),
    [("demo", "7aef60ff2f727f82"), ("stand-in", "382c50980523c4cc")],
)
def test_the_other_grids_are_the_cells_that_they_were(preset: str, kept: str) -> None:
    spec = grid_spec(CLASSIFICATION).model_validate(CLASSIFICATION.presets[preset])
    assert expand(spec, 100)[0].hash == kept


def test_every_grid_can_be_posted() -> None:
    for preset in CLASSIFICATION.presets.values():
        levels: dict[str, Any] = {name: found[0] for name, found in preset["grid"].items()} | preset["train"]
        assert make_cell(CLASSIFICATION, levels).task is CLASSIFICATION
