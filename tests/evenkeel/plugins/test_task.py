"""The declaration of a task must be consistent."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from evenkeel.plugins import Metric, Panels, Task


class Seeded(BaseModel):
    step: str
    size: float
    seed: int


class Walk(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    size: float = 1.0
    epochs: int = 3


DISTANCE = Metric("distance", "higher", 0.0, "", "How far it got.")
TASK = Task("walk", 1, Walk, (DISTANCE,), "distance", Panels("step", "size", "step"))


def test_factors_and_metrics_are_those_that_are_declared() -> None:
    assert TASK.factors == ("step", "size", "epochs")
    assert TASK.metric("distance").higher_is_better
    assert TASK.num_epochs(Walk(step="long")) == 3
    with pytest.raises(KeyError):
        TASK.metric("speed")


def test_a_word_without_a_label_is_called_by_its_name() -> None:
    labelled = replace(TASK, metrics=(replace(DISTANCE, label="distance (m)"),), labels={"step": "kind of step"})
    assert [labelled.call(word) for word in ("distance", "step", "size_of")] == [
        "distance (m)",
        "kind of step",
        "size of",
    ]


def test_every_factor_but_the_number_of_epochs_sets_how_long_an_epoch_takes_unless_the_task_says_which() -> None:
    assert TASK.timed == {"step", "size"}
    assert replace(TASK, length="size").timed == {"step", "epochs"}
    assert replace(TASK, costs=frozenset({"size"})).timed == {"size"}


def test_a_note_on_several_cells_is_told_once() -> None:
    noted = replace(TASK, notes=lambda walk: [f"{walk.step} steps tire.", "Take water."])
    walks = [Walk(step="long"), Walk(step="long", size=2.0), Walk(step="short")]
    assert noted.notes_of(walks) == ["long steps tire.", "Take water.", "short steps tire."]
    assert TASK.notes_of(walks) == []


@pytest.mark.parametrize(
    ("changes", "at_fault"),
    [
        ({"default_metric": "speed"}, "'speed'"),
        ({"loss": "cost"}, "'cost'"),
        ({"per_example": "hits"}, "'hits'"),
        ({"panels": Panels("step", "size", "shoe")}, "'shoe'"),
        ({"region_factor": "lr"}, "'lr'"),
        ({"parameters": Seeded}, "'seed'"),
        ({"later": frozenset({"stride"})}, "'stride'"),
        ({"costs": frozenset({"stride"})}, "'stride'"),
        ({"metrics": (DISTANCE, DISTANCE)}, "'distance'"),
        ({"metrics": (DISTANCE, replace(DISTANCE, name="epoch_seconds"))}, "'epoch_seconds'"),
        ({"metrics": (DISTANCE, replace(DISTANCE, name="a,b"))}, "'a,b'"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused_and_named(changes: dict[str, Any], at_fault: str) -> None:
    with pytest.raises(ValueError, match=at_fault):
        replace(TASK, **changes)
