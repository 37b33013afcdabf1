"""What is not finite is noticed, wherever it is."""

import math

import pytest
import torch
from torch import nn

from trainer.classification.engine import all_finite
from trainer.classification.sums import FiniteWatch


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(), nn.Linear(4, 2))


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("name", ["0.weight", "1.bias", "1.running_mean", "4.bias"])
def test_one_value_that_is_not_finite_is_seen_in_any_weight_or_running_statistic(name: str, value: float) -> None:
    model = network()
    assert all_finite(model)
    model.state_dict()[name].flatten()[-1] = value
    assert not all_finite(model)


def test_weights_whose_squares_would_overflow_are_finite() -> None:
    model = network()
    for weight in model.parameters():
        nn.init.constant_(weight, 3e38)
    assert all_finite(model)


def test_on_a_cpu_a_sum_that_is_no_longer_finite_is_noticed_in_its_step() -> None:
    watch, total = FiniteWatch(), torch.zeros((), dtype=torch.float64)
    seen = []
    for loss in (1.0, 1e300, math.inf, 1.0):
        total += loss
        seen.append(watch.saw_nonfinite(total))
    assert seen == [False, False, True, True]
