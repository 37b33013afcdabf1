"""What a query may choose, of the tasks that are known."""

from dataclasses import replace
from typing import Any

import pytest
from announcing import announced_task

from api.schemas.choices import default_of, one_of, region_factor, wrong_factor, wrong_metric
from evenkeel.grids.announced import task_of
from evenkeel.plugins import Metric, Task
from models.task import CLASSIFICATION

SIZE: dict[str, Any] = {"type": "string", "default": "s"}
RATE: dict[str, Any] = {"type": "number", "default": 1.0}


def task(name: str, metric: str, **parameters: Any) -> Task:
    metrics = (Metric(metric, "higher"),)
    return task_of(announced_task(parameters, name=name, metrics=metrics, default_metric=metric))


ONE, TWO = task("one", "luck", size=SIZE, rate=RATE), task("two", "skill", size=SIZE)
BOTH = {"one": ONE, "two": TWO}


def test_where_classification_is_not_known_the_first_task_is_meant() -> None:
    assert default_of(BOTH) == "one"
    assert default_of(BOTH | {"classification": CLASSIFICATION}) == "classification"


def test_along_x_goes_the_factor_that_the_task_names_or_else_a_number() -> None:
    unnamed = [replace(task, region_factor=None) for task in (CLASSIFICATION, TWO)]
    assert [region_factor(task) for task in (CLASSIFICATION, *unnamed)] == ["lr", "image_size", "epochs"]


def test_a_metric_of_another_task_is_told_from_one_that_no_task_has() -> None:
    assert wrong_metric("luck", ONE, BOTH) is None
    assert wrong_metric("skill", ONE, BOTH) == "'skill' is not a metric of the task 'one'; its metrics: luck"
    assert wrong_metric("pluck", ONE, BOTH) == "Input should be 'luck', not 'pluck'"


def test_a_factor_that_no_task_has_is_refused_with_those_of_the_task() -> None:
    assert wrong_factor("rate", TWO, BOTH) is None
    assert wrong_factor("colour", ONE, BOTH) == "Input should be 'size', 'rate' or 'epochs', not 'colour'"


@pytest.mark.parametrize(("names", "allowed"), [("a", "'a'"), ("ab", "'a' or 'b'"), ("abc", "'a', 'b' or 'c'")])
def test_names_are_listed_as_pydantic_does(names: str, allowed: str) -> None:
    assert one_of(names, "d") == f"Input should be {allowed}, not 'd'"
    assert one_of(names, None) == f"Input should be {allowed}"
