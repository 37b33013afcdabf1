"""A run on a GPU stops soon after a loss that is not finite, always in the same step, and does not wait for the GPU."""

import math
from typing import Any

import pytest
import torch

from evenkeel.plugins import Finished, Outcome
from models.task import Classification
from trainer.classification import loop
from trainer.classification.data import Splits, whole
from trainer.classification.sums import LOOK_EVERY, FiniteWatch
from trainer.device import configure, pick_device


@pytest.mark.parametrize("lost_in", [1, LOOK_EVERY, LOOK_EVERY + 1, 5 * LOOK_EVERY])
def test_a_sum_that_is_no_longer_finite_is_noticed_within_two_looks(lost_in: int) -> None:
    total = torch.zeros((), dtype=torch.float64, device="cuda")
    watch, step = FiniteWatch(), 0
    while True:
        step += 1
        total += math.inf if step == lost_in else 1.0
        if watch.saw_nonfinite(total):
            break
    assert lost_in < step <= lost_in + 2 * LOOK_EVERY
    assert step == LOOK_EVERY * (math.ceil(lost_in / LOOK_EVERY) + 1)


def test_a_run_that_is_lost_ends_in_the_same_step_each_time_and_in_the_epoch_in_which_a_cpu_ends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configure(2)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(256, (512, 16, 16, 3), dtype=torch.uint8, generator=generator)
    labels = torch.randint(10, (512,), generator=generator)
    data = Splits(whole(images, labels), whole(images[:50], labels[:50]), 10)
    levels = {"arch": "yolo", "norm": "none", "init": "he", "image_size": 16, "width": 0.125, "epochs": 3}
    parameters = Classification.model_validate(levels | {"lr": 1e6, "batch_size": 8})
    steps: list[int] = []
    step = loop.train_step

    def count(*arguments: Any) -> None:
        steps[-1] += 1
        step(*arguments)

    monkeypatch.setattr(loop, "train_step", count)
    for device in ("cuda", "cuda", "cpu"):
        steps.append(0)
        ended = list(loop.train(loop.prepare(parameters, 0, 10, pick_device(device)), data))
        assert ended == [Finished(Outcome.DIVERGED, 1)]
    torch.use_deterministic_algorithms(False)
    first, again, on_cpu = steps
    assert first == again
    assert on_cpu < first <= on_cpu + 2 * LOOK_EVERY < 64
