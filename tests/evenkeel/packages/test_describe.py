"""A class is described as the lab needs it, or what is wrong with it is named."""

import math
from enum import StrEnum
from typing import Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field

from evenkeel.grids.announced import task_of
from evenkeel.packages.describe import describe_task
from evenkeel.plugins import Metric, Package, Training
from evenkeel.plugins.diagnostics import DIAGNOSTICS

PACKAGE = Package("lab-nets", "0.1.0")


class Norm(StrEnum):
    LAYER = "layer"
    NONE = "none"


class CharLM(Training):
    """A character language model.

    More of it.
    """

    class Params(BaseModel):
        epochs: int = Field(10, ge=1)
        layers: int = Field(2, ge=1, description="Number of layers.")
        lr: float = 3e-3
        norm: Norm = Norm.LAYER
        kind: Literal["gru", "lstm"] = "gru"

    metrics: ClassVar = [Metric("val_loss", better="lower"), Metric("accuracy", better="higher", unit="share")]


def test_a_task_is_described_in_full() -> None:
    task = describe_task(CharLM, "char_lm", PACKAGE)
    assert (task.name, task.package, task.version, task.epochs) == ("char_lm", PACKAGE, 1, "epochs")
    assert task.description == "A character language model."
    assert task.default_metric == "val_loss"
    assert task.metrics == (*CharLM.metrics, *DIAGNOSTICS)
    assert [metric.worst for metric in task.metrics[:2]] == [math.inf, -math.inf]
    assert task.panels == ("norm", "kind", "layers"), "words come before numbers"
    assert task.parameters["properties"]["layers"] == {
        "default": 2, "description": "Number of layers.", "minimum": 1, "title": "Layers", "type": "integer",
    }  # fmt: skip
    levels = task_of(task).parameters()
    assert levels.model_dump(mode="json") == {"epochs": 10, "layers": 2, "lr": 0.003, "norm": "layer", "kind": "gru"}


def test_a_task_may_say_more_of_itself() -> None:
    class More(CharLM):
        version = 3
        default_metric = "accuracy"
        loss = "val_loss"
        panels = ("layers", "norm", "lr")
        diagnostics = ()
        labels: ClassVar = {"gru": "GRU"}
        costs = ("layers",)

    task = describe_task(More, "more", PACKAGE)
    assert (task.version, task.default_metric, task.loss, task.panels) == (
        3, "accuracy", "val_loss", ("layers", "norm", "lr"),
    )  # fmt: skip
    assert (len(task.metrics), task.labels) == (2, {"gru": "GRU"})
    assert task_of(task).timed == {"layers"}
    assert task_of(describe_task(CharLM, "char_lm", PACKAGE)).timed == {"layers", "lr", "norm", "kind"}


def test_of_few_parameters_the_last_is_named_more_than_once() -> None:
    class Few(CharLM):
        class Params(BaseModel):
            epochs: int = 1
            lr: float = 0.1

    assert describe_task(Few, "few", PACKAGE).panels == ("lr", "epochs", "epochs")


def test_a_task_without_epochs_says_the_most_that_it_trains() -> None:
    class Until(CharLM):
        class Params(BaseModel):
            lr: float = 0.1

        max_epochs = 50

    task = describe_task(Until, "until", PACKAGE)
    assert task.epochs == 50
    assert task_of(task).num_epochs(None) == 50


def wrong(**members: Any) -> type:
    return type("Wrong", (CharLM,), members)


@pytest.mark.parametrize(
    ("training", "says"),
    [
        (BaseModel, "is not a subclass of evenkeel.plugins.Training"),
        (print, "is not a subclass of evenkeel.plugins.Training"),
        (wrong(Params=dict), "Wrong.Params is not a pydantic model"),
        (wrong(Params=type("Params", (BaseModel,), {})), "Wrong.Params has no field"),
        (wrong(metrics=[]), "Wrong.metrics must be a list with at least one"),
        (wrong(metrics=["loss"]), "Wrong.metrics must be a list with at least one"),
        (wrong(panels=("depth",)), "Wrong.panels: 'depth' is not a field of Params: epochs, layers"),
        (wrong(costs=("depth",)), "Wrong.costs: 'depth' is not a field of Params: epochs, layers"),
        (type("Bare", (Training,), {}), "Bare.Params is not a pydantic model"),
    ],
)
def test_what_is_wrong_with_a_class_is_named(training: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        describe_task(training, "wrong", PACKAGE)


def test_a_task_that_never_ends_is_refused() -> None:
    class Endless(CharLM):
        class Params(BaseModel):
            lr: float = 0.1

    with pytest.raises(ValueError, match=r"no field `epochs`. Then Endless.max_epochs must say"):
        describe_task(Endless, "endless", PACKAGE)
