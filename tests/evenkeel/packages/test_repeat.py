"""A check finds what would cost a run its exactness."""

import random
from collections.abc import Iterator
from itertools import count
from typing import Any, ClassVar

import pytest
import torch
from pydantic import BaseModel

from evenkeel.packages.repeat import Checked, check_training
from evenkeel.plugins import Metric, Training


class Fit(Training):
    """Momentum towards a point, with noise."""

    class Params(BaseModel):
        epochs: int = 2

    metrics: ClassVar = [Metric("loss", better="lower")]
    diagnostics = ()

    def setup(self) -> None:
        self.model = torch.nn.Linear(3, 1)
        self.optimizer = torch.optim.SGD(self.model.parameters(), 0.01, momentum=0.9)

    def epoch(self) -> dict[str, Any]:
        for index in range(3):
            noise = torch.randn(4, 3, generator=self.generator("noise", 3 * self.epochs_done + index))
            loss = (self.model(noise) - 1).square().mean()
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
        return {"loss": loss}

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])


def check(training: type[Training]) -> list[Checked]:
    return list(check_training(lambda seed: training(training.Params(), seed)))


def problems(training: type[Training]) -> list[str]:
    return [f"{one.what}: {one.problem}" for one in check(training) if one.problem]


def test_a_training_that_can_be_repeated_passes() -> None:
    checked = check(Fit)
    assert [one.problem for one in checked] == [""] * 4
    assert checked[0].what == "trains 2 epochs"
    assert checked[0].says.startswith("loss ")


def test_global_generators_may_be_used_since_the_lab_saves_them() -> None:
    class Global(Fit):
        def epoch(self) -> dict[str, Any]:
            return {"loss": super().epoch()["loss"] + random.random() + torch.rand(1).item()}

    assert problems(Global) == []


def test_a_state_that_leaves_something_out_is_found() -> None:
    class Forgets(Fit):
        def load_state_dict(self, state: dict[str, Any]) -> None:
            self.model.load_state_dict(state["model"])

    [problem] = problems(Forgets)
    assert problem.startswith("goes on from a checkpoint to the same bits: loss of epoch 2 is ")


def test_what_differs_only_in_the_state_is_found_by_its_path() -> None:
    numbers = count()

    class Counts(Fit):
        def state_dict(self) -> dict[str, Any]:
            return super().state_dict() | {"extra": [{"calls": next(numbers)}]}

    [problem] = problems(Counts)
    assert problem == "trains to the same bits again: state_dict()['extra'][0]['calls'] differs after epoch 2"


def test_chance_that_no_seed_decides_is_found() -> None:
    class Chance(Fit):
        def epoch(self) -> dict[str, Any]:
            return {"loss": random.SystemRandom().random()}

    [problem] = problems(Chance)
    assert problem.startswith("trains to the same bits again: loss of epoch 1 is ")


def test_a_training_that_ignores_its_seed_is_found() -> None:
    class Same(Fit):
        def setup(self) -> None:
            super().setup()
            torch.nn.init.ones_(self.model.weight)
            torch.nn.init.ones_(self.model.bias)
            self.seed = 0

    assert problems(Same) == ["another seed gives other numbers: seeds 0 and 1 give the same bits"]


def test_a_state_that_no_checkpoint_can_hold_is_found() -> None:
    class Odd(Fit):
        def state_dict(self) -> dict[str, Any]:
            return {"generator": random.Random(0)}

    [problem] = problems(Odd)
    assert problem.startswith("trains 2 epochs: TypeError: state_dict() may hold tensors, numbers, texts, None, and ")


@pytest.mark.parametrize(
    ("loss", "says"),
    [
        (float("nan"), "it diverged in epoch 1 with its defaults"),
        ("x", "TypeError: epoch 1: the value of loss is 'x', not a number"),
    ],
)
def test_a_training_that_does_not_train_is_named(loss: Any, says: str) -> None:
    class Bad(Fit):
        def epoch(self) -> dict[str, Any]:
            return {"loss": loss}

    assert problems(Bad) == [f"trains 2 epochs: {says}"]


def test_a_training_that_yields_by_itself_is_checked_as_well() -> None:
    class Yields(Fit):
        def __iter__(self) -> Iterator[Any]:
            yield from super().__iter__()

    assert problems(Yields) == []
