"""The filters of a query follow from the tasks that the lab knows."""

from typing import Any

import pytest
from pydantic import ConfigDict, Field, TypeAdapter, create_model

from api.schemas.figures import BandsQuery, ReachingQuery, RegionQuery, SensitivityQuery
from api.schemas.filters import check_factors, filters_of, read_levels
from api.schemas.statistics import CompareQuery, EffectsQuery, SeedsQuery
from api.schemas.summary import SummaryQuery
from evenkeel.grids.announced import QUERY_NAMES
from evenkeel.grids.tasks import TaskError
from evenkeel.plugins import Metric, Panels, Task
from models.task import CLASSIFICATION


def task(name: str, measures: str = "score", /, **parameters: Any) -> Task:
    model = create_model(name, __config__=ConfigDict(frozen=True, extra="forbid"), **parameters)
    [factor, *_] = model.model_fields
    measured = (Metric(measures, "higher", 0.0, "share", "How good it is."),)
    return Task(name, 1, model, measured, measures, Panels(row=factor, column=factor, line=factor))


def schema_of(factor: str, *tasks: Task) -> dict[str, Any]:
    kind, about = filters_of({task.name: task for task in tasks})[factor]
    return TypeAdapter(kind).json_schema() | {"description": about}


def read(given: dict[str, Any], chosen: Task, *others: Task) -> tuple[dict[str, list[Any]], list[tuple[str, str]]]:
    return read_levels(given, chosen, {task.name: task for task in (chosen, *others)}, ["experiment"])


def number(description: str, **limits: Any) -> tuple[Any, Any]:
    return float, Field(0.5, description=description, strict=True, **limits)


def test_every_factor_of_a_task_is_a_filter_with_its_range_and_description() -> None:
    assert list(filters_of({"classification": CLASSIFICATION})) == list(CLASSIFICATION.factors)
    schema = schema_of("lr", CLASSIFICATION)
    assert schema["items"] == {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6}
    assert schema["description"] == "Only these levels. Learning rate (Keras' default for Adam)."


def test_text_is_read_as_the_level_that_it_stands_for() -> None:
    given = {"lr": ["0.001", "1"], "epochs": "3", "arch": "yolo"}
    assert read(given, CLASSIFICATION) == ({"arch": ["yolo"], "epochs": [3], "lr": [0.001, 1.0]}, [])
    assert read({"lr": "0"}, CLASSIFICATION) == ({}, [("lr.0", "Input should be greater than 0, not '0'")])


def test_everything_that_is_wrong_is_named() -> None:
    given = {"lr": ["0", "1", "x"], "arhc": "yolo", "arch": "vit", "norm": ["none"] * 101}
    levels, wrong = read(given, CLASSIFICATION)
    assert (levels, [field for field, _ in wrong]) == ({}, ["lr.0", "lr.2", "arhc", "arch.0", "norm"])
    assert dict(wrong)["arhc"].startswith("is not known here; allowed: experiment, arch, norm, init")
    assert "at most 100 items" in dict(wrong)["norm"]


def test_tasks_that_agree_on_a_factor_share_its_filter_and_others_read_it_each_its_own_way() -> None:
    one = task("one", rate=number("Of one."), size=(int, 1))
    two = task("two", rate=number("Of one."), size=(str, "small"))
    assert schema_of("rate", one, two)["items"] == {"type": "number"}
    assert schema_of("size", one, two)["items"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    assert read({"size": "3"}, one, two) == ({"size": [3]}, [])
    assert read({"size": "3"}, two, one) == ({"size": ["3"]}, [])
    [(field, problem)] = read({"size": ["1", "big"]}, one, two)[1]
    assert (field, problem.endswith("not 'big'")) == ("size.1", True)


def test_a_filter_of_another_task_is_refused_with_those_that_there_are() -> None:
    one, two = task("one", rate=number("Of one.")), task("two", size=(int, 1))
    says = "is not a parameter of the task 'two'; its parameters: size"
    assert read({"rate": "1"}, two, one) == ({}, [("rate", says)])


@pytest.mark.parametrize("name", ["metric", "x", "format"])
def test_a_parameter_that_a_query_would_mistake_is_refused_by_name(name: str) -> None:
    with pytest.raises(TaskError, match=f"'odd'.*{name!r}"):
        check_factors({"odd": task("odd", **{name: (int, 1)})})


def test_no_query_asks_for_anything_that_a_parameter_may_be_called() -> None:
    figures = (BandsQuery, RegionQuery, ReachingQuery, SensitivityQuery)
    queries = (SummaryQuery, EffectsQuery, CompareQuery, SeedsQuery, *figures)
    assert {name for query in queries for name in query.model_fields} == QUERY_NAMES


@pytest.mark.parametrize("text", ["None", "null"])
def test_a_level_that_is_missing_is_asked_for_as_tables_show_it(text: str) -> None:
    found, wrong = read({"rate": [text, "0.5"]}, task("one", rate=(float | None, Field(None, description="Of one."))))
    assert (found, wrong) == ({"rate": [0.5, None]}, [])
    words, _ = read({"word": text}, task("two", word=(str | None, Field(None, description="A word."))))
    assert words == {"word": [text, None]}
    _, wrong = read({"rate": text}, task("three", rate=number("Of three.")))
    assert [field for field, _ in wrong] == ["rate.0"]
