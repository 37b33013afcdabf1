"""The learning rate at any step, and the optimizer that the parameters name."""

import math
from itertools import pairwise
from typing import Any

import pytest
import torch

from models.factors import Optimizer, Schedule
from models.task import Classification
from trainer.classification.optim import OPTIMIZERS, SCHEDULES, lr_at


def parameters(**changes: Any) -> Classification:
    base = {"arch": "yolo", "norm": "none", "init": "he", "lr": 0.5, "epochs": 10}
    return Classification.model_validate(base | changes)


def test_every_level_can_be_made() -> None:
    assert set(OPTIMIZERS) == set(Optimizer)
    assert set(SCHEDULES) == set(Schedule)


def test_constant_is_constant() -> None:
    assert {lr_at(parameters(), step, 7) for step in range(70)} == {0.5}


def test_warmup_rises_in_equal_steps_to_the_rate_that_was_asked_for() -> None:
    rates = [lr_at(parameters(warmup_epochs=2), step, 5) for step in range(12)]
    assert rates == pytest.approx([0.05 * (i + 1) for i in range(10)] + [0.5, 0.5])


def test_cosine_falls_from_the_whole_rate_towards_zero_over_what_the_warmup_leaves() -> None:
    rates = [lr_at(parameters(schedule="cosine", warmup_epochs=2), step, 5) for step in range(50)]
    assert rates[10] == 0.5
    assert rates[30] == pytest.approx(0.25)
    assert rates[-1] == pytest.approx(0.25 * (1 + math.cos(math.pi * 39 / 40)))
    assert all(a > b for a, b in pairwise(rates[10:]))


def test_a_warmup_of_the_whole_run_has_nothing_left_to_fall() -> None:
    assert lr_at(parameters(schedule="cosine", warmup_epochs=10), 49, 5) == 0.5


def test_weight_decay_is_a_penalty_for_adam_and_decoupled_for_adamw() -> None:
    def step(name: str) -> float:
        weight = torch.nn.Parameter(torch.tensor([2.0]))
        optimizer = OPTIMIZERS[Optimizer(name)]([weight], parameters(lr=0.1, weight_decay=0.5))
        weight.grad = torch.tensor([0.0])
        optimizer.step()
        return weight.item()

    assert step("adamw") == pytest.approx(2 - 0.1 * 0.5 * 2)
    assert step("adam") == pytest.approx(2 - 0.1)  # Adam's first step is lr, whatever the gradient's size
    assert step("sgd") == pytest.approx(2 - 0.1 * 0.5 * 2)
