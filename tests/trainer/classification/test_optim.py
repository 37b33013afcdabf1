"""The learning rate at any step, and the optimizer that the parameters name."""

import math
from itertools import pairwise
from typing import Any

import pytest
import torch

from models.factors import Optimizer, Schedule
from models.task import Classification
from trainer.classification.optim import OPTIMIZERS, SCHEDULES, eps_at, lr_at, set_step


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


def test_torchs_epsilon_is_the_number_itself_at_every_step() -> None:
    assert {eps_at(parameters(), step) for step in (0, 1, 10_000)} == {1e-7}


def test_keras_epsilon_falls_to_the_number_itself_as_the_bias_of_the_second_moment_goes() -> None:
    epsilons = [eps_at(parameters(adam_epsilon="keras"), step) for step in range(20_000)]
    assert epsilons[0] == pytest.approx(1e-7 / math.sqrt(0.001))
    assert epsilons[1] == pytest.approx(1e-7 / math.sqrt(1 - 0.999**2))
    assert all(a >= b for a, b in pairwise(epsilons))
    assert epsilons[-1] == pytest.approx(1e-7, rel=1e-6)
    assert eps_at(parameters(adam_epsilon="keras", beta2=0.0), 0) == 1e-7
    assert math.isfinite(eps_at(parameters(adam_epsilon="keras", beta2=math.nextafter(1, 0)), 0))


@pytest.mark.parametrize("name", Optimizer)
def test_what_a_step_needs_depends_on_its_number_alone_and_sgd_gets_no_epsilon(name: Optimizer) -> None:
    cell = parameters(optimizer=name, adam_epsilon="keras", schedule="cosine")
    [fresh, resumed] = (OPTIMIZERS[name]([torch.nn.Parameter(torch.zeros(1))], cell) for _ in range(2))
    known = set(fresh.param_groups[0])
    for step in range(5):
        set_step(fresh, cell, step, 7)
    set_step(resumed, cell, 4, 7)
    assert {name: fresh.param_groups[0][name] for name in known - {"params"}} == {
        name: resumed.param_groups[0][name] for name in known - {"params"}
    }
    assert set(fresh.param_groups[0]) == known
    assert fresh.param_groups[0].get("eps") == (None if name is Optimizer.SGD else eps_at(cell, 4))


def test_weight_decay_is_a_penalty_for_adam_and_decoupled_for_adamw() -> None:
    def step(name: str) -> float:
        weight = torch.nn.Parameter(torch.tensor([2.0]))
        optimizer = OPTIMIZERS[Optimizer(name)]([weight], parameters(lr=0.1, weight_decay=0.5))
        weight.grad = torch.tensor([0.0])
        optimizer.step()
        return weight.item()

    assert step("adamw") == pytest.approx(2 - 0.1 * 0.5 * 2)
    assert step("adam") == pytest.approx(2 - 0.1)  # the size of Adam's first step is lr, whatever the gradient's size
    assert step("sgd") == pytest.approx(2 - 0.1 * 0.5 * 2)


@pytest.mark.parametrize("name", Optimizer)
def test_one_kernel_updates_all_weights_and_weights_with_gaps_in_memory_are_updated_as_others_are(
    name: Optimizer,
) -> None:
    """The kernel would write into the gaps."""
    dense = torch.rand(3, 4, generator=torch.Generator().manual_seed(0))
    with_gaps = torch.zeros(3, 8)[:, ::2].copy_(dense)
    stepped = []
    for start in (dense, with_gaps, dense.t().clone().t()):
        weight = torch.nn.Parameter(start)
        optimizer = OPTIMIZERS[name]([weight], parameters())
        weight.square().sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        stepped.append((optimizer.param_groups[0]["fused"], weight.detach()))
    assert [fused for fused, _ in stepped] == [True, None, True]
    for _, weight in stepped[1:]:
        torch.testing.assert_close(weight, stepped[0][1])
