"""A task of one's own says what an epoch is. All else comes from the contract."""

import math
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
import torch
from pydantic import BaseModel

from evenkeel.plugins import EpochEnd, Finished, Metric, Outcome, Training
from evenkeel.plugins.training import derive_seed


class Scripted(Training):
    """Returns what a test gives it."""

    class Params(BaseModel):
        epochs: int = 3

    metrics = (Metric("score", better="higher"), Metric("noise", better="lower", diagnostic=True))
    diagnostics = ()

    def __init__(self, *returned: Any) -> None:
        super().__init__(self.Params(epochs=len(returned)))
        self.returned, self.setups = returned, 0

    def setup(self) -> None:
        self.setups += 1

    def epoch(self) -> Mapping[str, float | None]:
        found: Mapping[str, float | None] = self.returned[self.epochs_done]
        return found

    def load_state_dict(self, state: dict[str, Any]) -> None:
        pass


def results(training: Training) -> list[Any]:
    """What it yields: the values of each epoch, and how it ended."""
    return [dict(one.values) if isinstance(one, EpochEnd) else one for one in training]


GOOD: dict[str, float | None] = {"score": 0.5, "noise": 1.0}


def test_it_is_set_up_once_and_trains_as_many_epochs_as_its_parameters_say() -> None:
    training = Scripted(GOOD, GOOD | {"score": torch.tensor(0.25), "noise": None})
    assert results(training) == [GOOD, {"score": 0.25, "noise": None}, Finished(Outcome.CONVERGED)]
    assert (training.setups, training.epochs_done) == (1, 2)
    assert [one.epoch for one in Scripted(GOOD, GOOD) if isinstance(one, EpochEnd)] == [1, 2]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_value_that_is_not_finite_is_a_divergence_and_that_of_a_diagnostic_is_none(value: float) -> None:
    assert results(Scripted(GOOD, GOOD | {"score": value}, GOOD)) == [GOOD, Finished(Outcome.DIVERGED, 2)]
    [first, ended] = results(Scripted(GOOD | {"noise": value}))
    assert ended == Finished(Outcome.CONVERGED)
    assert not math.isfinite(first["noise"])


@pytest.mark.parametrize(
    ("returned", "says"),
    [
        ({"score": 1.0}, "epoch 1 returned no noise; return None for a value that is not known"),
        (GOOD | {"loss": 1.0}, "epoch 1 returned loss, which is not declared: score, noise"),
        (GOOD | {"score": "high"}, "epoch 1: the value of score is 'high', not a number"),
        (None, "epoch 1 returned a NoneType, not a dict with score, noise"),
    ],
)
def test_an_epoch_that_returns_something_else_is_named(returned: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        results(Scripted(returned))


def test_a_run_goes_on_where_it_was_saved() -> None:
    training = Scripted(GOOD, GOOD, GOOD | {"score": 0.75})
    training.resume(2, {})
    assert results(training) == [GOOD | {"score": 0.75}, Finished(Outcome.CONVERGED)]
    assert training.setups == 1


class Until(Training):
    """Is done after some epochs, which no parameter says."""

    class Params(BaseModel):
        after: int = 2

    metrics = (Metric("score", better="higher"),)
    max_epochs = 4
    diagnostics = ()

    def epoch(self) -> dict[str, float | None]:
        self.done = self.epochs_done + 1 == self.params.after
        self.collapsed = self.params.after == 3
        return {"score": 1.0}


@pytest.mark.parametrize(("after", "epochs"), [(1, 1), (2, 2), (9, 4)])
def test_a_task_without_a_number_of_epochs_says_when_it_is_done(after: int, epochs: int) -> None:
    *trained, ended = results(Until(Until.Params(after=after)))
    assert (len(trained), ended) == (epochs, Finished(Outcome.CONVERGED))


def test_a_task_that_knows_that_it_collapsed_says_so() -> None:
    assert results(Until(Until.Params(after=3)))[-1] == Finished(Outcome.COLLAPSED)


def test_a_task_that_never_ends_is_refused() -> None:
    class Endless(Until):
        max_epochs = None

    with pytest.raises(TypeError, match="have no `epochs`, so the class must say `max_epochs`"):
        results(Endless(Until.Params()))


def test_random_numbers_depend_on_the_seed_the_name_and_the_index_alone() -> None:
    def draw(seed: int, name: str, index: int = 0) -> float:
        torch.rand(3)
        return torch.rand(1, generator=Training(None, seed).generator(name, index)).item()

    assert draw(0, "init") == draw(0, "init") == draw(0, "init", 0)
    drawn = [draw(seed, name, index) for seed in (0, 1) for name in ("init", "order") for index in (0, 1)]
    assert len(set(drawn)) == 8
    # Users' runs depend on them for years.
    assert (derive_seed(0, "init"), derive_seed(7, "order", 3)) == GOLDEN_SEEDS


GOLDEN_SEEDS = (13515047763534001028, 11573087648756525385)


class Line(Training):
    """Fits a line through one point, with any optimizer."""

    class Params(BaseModel):
        epochs: int = 2
        lr: float = 0.1

    metrics = (Metric("loss", better="lower"),)

    def setup(self) -> None:
        self.model = torch.nn.Linear(2, 1, bias=False)
        torch.nn.init.constant_(self.model.weight, 1.0)
        self.optimizer = torch.optim.SGD(self.model.parameters(), self.params.lr)

    def epoch(self) -> dict[str, Any]:
        loss = (self.model(torch.tensor([[3.0, 4.0]])) - 2).square().mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return {"loss": loss}


def test_a_torch_network_gets_diagnostics_that_it_did_not_ask_for() -> None:
    first, second, _ = results(Line(Line.Params()))
    # The gradient of (3a + 4b - 2)^2 at a = b = 1 is 2 * 5 * (3, 4), of norm 50. The weights (1, 1) have norm sqrt(2).
    assert (first["grad_norm_mean"], first["grad_norm_max"]) == (50.0, 50.0)
    assert first["update_ratio"] == pytest.approx(0.1 * 50 / math.sqrt(2))
    assert first["loss"] == 25.0
    assert second["grad_norm_max"] > 50


def test_measuring_changes_nothing_and_can_be_turned_off() -> None:
    with_them, without = Line(Line.Params()), Line(Line.Params())
    without.diagnose = False
    assert [one["loss"] for one in results(with_them)[:2]] == [one["loss"] for one in results(without)[:2]]
    assert torch.equal(with_them.model.weight, without.model.weight)
    assert results(without) == [Finished(Outcome.CONVERGED)]


def test_a_weight_that_is_not_finite_is_a_divergence_though_the_loss_was_finite() -> None:
    class Breaking(Line):
        def epoch(self) -> dict[str, Any]:
            measured = super().epoch()
            self.model.weight.data[0, 0] = math.inf
            return measured

    assert results(Breaking(Line.Params())) == [Finished(Outcome.DIVERGED, 1)]


def test_a_training_without_a_network_has_no_values_for_the_diagnostics() -> None:
    class Plain(Line):
        def setup(self) -> None:
            self.model = "a scikit-learn estimator"

        def epoch(self) -> dict[str, Any]:
            return {"loss": 1.0}

    first, *_ = results(Plain(Plain.Params()))
    assert first == {"loss": 1.0, "grad_norm_mean": None, "grad_norm_max": None, "update_ratio": None}


@pytest.mark.slow
def test_the_contract_needs_only_the_standard_library() -> None:
    code = "import sys, evenkeel.plugins; print([m for m in ('torch', 'numpy', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
