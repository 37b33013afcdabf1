"""Every level of every factor trains in the whole lab."""

from typing import Any

import pytest
from services import RunningStack

from evenkeel.client import ApiError
from models.factors import (
    AdamEpsilon,
    Arch,
    Augment,
    Init,
    InputScale,
    Norm,
    Optimizer,
    Precision,
    Schedule,
    StemNorm,
    Stop,
)

BASE: dict[str, Any] = {"image_size": 16, "width": 0.125, "epochs": 1, "train_fraction": 0.1}
LEVELS: dict[str, list[Any]] = {
    "arch": list(Arch),
    "norm": list(Norm),
    "init": list(Init),
    "optimizer": list(Optimizer),
    "lr": [0.001, 0.01],
    "weight_decay": [0.0, 0.01],
    "momentum": [0.0, 0.9],
    "schedule": list(Schedule),
    "warmup_epochs": [0, 1],
    "grad_clip": [0.0, 1.0],
    "label_smoothing": [0.0, 0.1],
    "precision": [Precision.FP32, Precision.BF16],
    "augment": list(Augment),
    "label_noise": [0.0, 1.0],
    "train_fraction": [0.1, 0.2],
    "batch_momentum": [0.01, 0.1],
    "stem_norm": list(StemNorm),
    "adam_epsilon": list(AdamEpsilon),
    "input_scale": list(InputScale),
    "stop": list(Stop),
    "dataset": ["digits", "synthetic"],
}
# Beside the other levels of BASE, a factor of these would change nothing, and its levels would be one cell.
USED_WITH: dict[str, dict[str, Any]] = {"momentum": {"optimizer": "sgd"}, "stop": {"epochs": 2}}


def test_every_factor_is_posted_trained_and_summarised(stack: RunningStack) -> None:
    for factor, levels in LEVELS.items():
        grid = {"arch": ["resnet"], "norm": ["batch"], "init": ["he"]} | {factor: levels}
        train = {name: value for name, value in BASE.items() if name != factor} | {"synthetic_examples": 1000}
        train |= USED_WITH.get(factor, {})
        stack.client.submit({"name": "factors", "grid": grid, "seeds": 1, "train": train})
    detail = stack.finish("factors", 240)
    status = detail["num_runs"]["status"]
    assert status["finished"] == detail["num_runs"]["total"] == detail["num_cells"]
    # SGD without momentum is also a level of the optimizer. No other run has two epochs.
    assert detail["num_cells"] == 2 + sum(len(levels) - 1 for levels in LEVELS.values())
    for metric in ("train_accuracy", "grad_norm_mean", "update_ratio", "loss_jump", "dead_units"):
        for factor, levels in LEVELS.items():
            cells = stack.client.summary(experiment="factors", metric=metric)["cells"]
            assert {cell["levels"][factor] for cell in cells} == set(levels)
            # All units of Tiny-YOLO are leaky, and those never die.
            measured = [cell for cell in cells if metric != "dead_units" or cell["levels"]["arch"] != "yolo"]
            assert all(cell["bands"]["survivors"]["n"][0] == 1 for cell in measured)


def test_what_this_device_cannot_do_fails_and_says_why(stack: RunningStack) -> None:
    grid = {"arch": ["yolo"], "norm": ["none"], "init": ["he"], "precision": ["tf32"]}
    stack.client.submit({"name": "tf32", "grid": grid, "seeds": 1, "train": BASE})
    assert stack.finish("tf32")["num_runs"]["status"]["failed"] == 1
    [run] = stack.client.runs("tf32")
    assert (
        "precision 'tf32' needs an NVIDIA GPU of the Ampere generation or newer; this run was given cpu" in run["error"]
    )


def test_a_dataset_that_no_worker_has_is_refused_with_the_command_that_prepares_it(stack: RunningStack) -> None:
    grid = {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}
    spec = {"name": "food", "grid": grid, "train": {"dataset": "food101", "image_size": 128}}
    with pytest.raises(ApiError, match="evenkeel data prepare food101 --size 128") as refused:
        stack.client.submit(spec)
    assert refused.value.status == 422
