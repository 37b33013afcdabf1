"""A parameter that a cell is said to ignore changes no bit of a training. One that it is not said to ignore may."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from evenkeel.plugins import EpochEnd, Finished
from models.ignored import ignores
from models.task import CLASSIFICATION, Classification
from trainer.classification.datasets.load import load_dataset
from trainer.classification.loop import prepare, train

pytestmark = pytest.mark.slow  # trains tiny networks, in pairs
DATASETS = Path(os.environ["EVENKEEL_DATASETS_DIR"])

TINY = {"norm": "batch", "init": "he", "image_size": 16, "width": 0.03125, "batch_size": 8, "lr": 0.01} | {
    "dataset": "synthetic", "synthetic_classes": 3, "synthetic_examples": 16, "epochs": 2,
}  # fmt: skip
# A parameter -> a level that no pair below has otherwise.
OTHER: dict[str, Any] = {
    "momentum": 0.5,
    "beta1": 0.5,
    "beta2": 0.5,
    "adam_eps": 0.1,
    "adam_epsilon": "keras",
    "batch_eps": 0.5,
    "batch_momentum": 0.5,
    "leaky_slope": 0.5,
    "schedule": "cosine",
    "stop": "lost",
    "synthetic_classes": 5,
    "synthetic_examples": 50,
}
# A name -> (the levels of a cell, parameters that it uses although others ignore them).
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "adam, yolo": ({"arch": "yolo"}, ["beta1", "adam_epsilon", "batch_momentum", "leaky_slope", "schedule"]),
    "adamw without beta2, vgg": ({"arch": "vgg", "optimizer": "adamw", "beta2": 0.0}, ["beta2", "adam_eps"]),
    "sgd, no norm": ({"arch": "yolo", "norm": "none", "optimizer": "sgd"}, ["momentum", "synthetic_classes"]),
    "resnet without norm but in its stem": ({"arch": "resnet", "norm": "none"}, ["batch_eps", "batch_momentum"]),
    "plain without any norm": ({"arch": "plain", "norm": "none", "stem_norm": "none"}, ["synthetic_examples"]),
    "group norm": ({"arch": "resnet", "norm": "group"}, ["batch_eps"]),
    "layer norm": ({"arch": "vgg", "norm": "layer"}, ["batch_eps"]),
    "warmup to the end": ({"arch": "yolo", "warmup_epochs": 2}, []),
    "a single epoch at chance": ({"arch": "yolo", "norm": "none", "lr": 1e-9, "epochs": 1}, []),
    "digits": ({"arch": "yolo", "dataset": "digits", "train_fraction": 0.01, "epochs": 1}, []),
}


def ignored_by(levels: dict[str, Any]) -> set[str]:
    return set(ignores(Classification.model_validate(TINY | levels)))


def told(levels: dict[str, Any]) -> tuple[object, ...]:
    """Everything that a run of these levels measures, and its weights."""
    parameters = Classification.model_validate(TINY | levels)
    data = load_dataset(parameters, DATASETS)
    training = prepare(parameters, 0, data.num_classes, torch.device("cpu"))
    ends: list[object] = []
    for end in train(training, data):
        if isinstance(end, EpochEnd):
            ends.append(replace(end, seconds=0.0))
        elif isinstance(end, Finished):
            ends += [end.outcome, end.diverged_epoch, None if end.correct is None else end.correct.tolist()]
    weights = {name: tensor.numpy().tobytes() for name, tensor in training.model.state_dict().items()}
    return *ends, weights


@pytest.mark.parametrize(("levels", "used"), CASES.values(), ids=CASES)
def test_what_a_cell_ignores_changes_no_bit_and_what_it_uses_does(levels: dict[str, Any], used: list[str]) -> None:
    ignored = ignored_by(levels)
    plain = told(levels)
    assert told(levels | {name: OTHER[name] for name in ignored}) == plain
    assert not ignored.intersection(used)
    for name in used:
        assert told(levels | {name: OTHER[name]}) != plain, name


def test_every_parameter_that_a_cell_may_ignore_is_tried_in_both_ways() -> None:
    assert set.union(*(ignored_by(levels) for levels, _ in CASES.values())) == set(OTHER)
    assert {name for _, used in CASES.values() for name in used} == set(OTHER) - {"stop"}
    assert set(OTHER) <= set(CLASSIFICATION.factors)


def test_adamw_without_weight_decay_trains_as_adam_does() -> None:
    adam, adamw = (told({"arch": "yolo", "optimizer": name}) for name in ("adam", "adamw"))
    assert adam == adamw


def test_stop_changes_a_run_of_several_epochs_that_is_lost() -> None:
    lost = {"arch": "yolo", "norm": "none", "lr": 1e-9, "epochs": 4, "synthetic_examples": 40}
    assert told(lost) != told(lost | {"stop": "lost"})
