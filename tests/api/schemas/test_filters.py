"""The parameters of a query follow from the tasks that the lab knows."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from api.schemas.figures import BandsQuery, ReachingQuery, RegionQuery, SensitivityQuery
from api.schemas.filters import RESERVED, narrowing, read_levels
from api.schemas.statistics import CompareQuery, EffectsQuery, SeedsQuery
from api.schemas.summary import Cells, SummaryQuery
from evenkeel.analysis.query import QueryError
from evenkeel.grids.tasks import TaskError
from evenkeel.plugins import Metric, Panels, Task
from models.task import CLASSIFICATION


def task(name: str, measures: str = "score", /, **parameters: Any) -> Task:
    model = create_model(name, __config__=ConfigDict(frozen=True, extra="forbid"), **parameters)
    [factor, *_] = model.model_fields
    measured = (Metric(measures, "higher", 0.0, "share", "How good it is."),)
    return Task(name, 1, model, measured, measures, Panels(row=factor, column=factor, line=factor))


def query_of(*tasks: Task) -> type[Cells]:
    return create_model("Query", __base__=Cells, **narrowing({task.name: task for task in tasks}))


def number(description: str, **limits: Any) -> tuple[Any, Any]:
    return float, Field(0.5, description=description, strict=True, **limits)


def test_every_factor_of_a_task_is_a_filter_with_its_range_and_description() -> None:
    schema = query_of(CLASSIFICATION).model_json_schema()["properties"]
    assert list(schema) == ["experiment", "metric", "task", *CLASSIFICATION.factors]
    assert schema["lr"]["items"] == {"type": "number", "exclusiveMinimum": 0, "maximum": 1e6}
    assert schema["lr"]["description"] == "Only these levels. Learning rate (Keras' default for Adam)."
    assert (schema["metric"]["default"], schema["task"]["default"]) == ("train_accuracy", "classification")
    assert schema["metric"]["enum"] == [metric.name for metric in CLASSIFICATION.metrics]


def test_text_is_read_as_the_level_that_it_stands_for() -> None:
    query = query_of(CLASSIFICATION).model_validate({"lr": ["0.001", "1"], "epochs": ["3"], "arch": ["yolo"]})
    read = read_levels(query, CLASSIFICATION, {"classification": CLASSIFICATION})
    assert read == {"arch": ["yolo"], "epochs": [3], "lr": [0.001, 1.0]}
    with pytest.raises(ValidationError, match="greater than 0"):
        query_of(CLASSIFICATION).model_validate({"lr": ["0"]})


def test_tasks_that_agree_on_a_factor_share_its_filter_and_others_read_it_each_its_own_way() -> None:
    one = task("one", rate=number("Of one."), size=(int, 1))
    two = task("two", rate=number("Of one."), size=(str, "small"))
    tasks = {"one": one, "two": two}
    schema = query_of(one, two).model_json_schema()["properties"]
    assert schema["rate"]["items"] == {"type": "number"}
    assert schema["size"]["items"] == {"anyOf": [{"type": "integer"}, {"type": "string"}]}
    query = query_of(one, two).model_validate({"size": ["3"]})
    assert read_levels(query, one, tasks) == {"size": [3]}
    assert read_levels(query, two, tasks) == {"size": ["3"]}
    with pytest.raises(QueryError, match=r"valid integer.*not 'big'") as refused:
        read_levels(query_of(one, two).model_validate({"size": ["1", "big"]}), one, tasks)
    assert refused.value.field == "size.1"


def test_a_filter_of_another_task_is_refused_with_those_that_there_are() -> None:
    one, two = task("one", rate=number("Of one.")), task("two", size=(int, 1))
    with pytest.raises(QueryError, match="not a parameter of the task 'two'; its parameters: size") as refused:
        read_levels(query_of(one, two).model_validate({"rate": ["1"]}), two, {"one": one, "two": two})
    assert refused.value.field == "rate"


def test_where_classification_is_not_known_the_first_task_is_meant() -> None:
    query = query_of(task("one", "luck", size=(int, 1)), task("two", size=(int, 1))).model_validate({})
    assert (query.task, query.metric) == ("one", "luck")


@pytest.mark.parametrize("name", ["metric", "x", "format"])
def test_a_parameter_that_a_query_would_mistake_is_refused_by_name(name: str) -> None:
    with pytest.raises(TaskError, match=f"'odd'.*{name!r}"):
        query_of(task("odd", **{name: (int, 1)}))


def own_fields(query: type[BaseModel]) -> Iterator[str]:
    return (name for name in query.model_fields if name not in CLASSIFICATION.factors)


def test_no_query_asks_for_anything_that_a_parameter_may_be_called() -> None:
    figures = (BandsQuery, RegionQuery, ReachingQuery, SensitivityQuery)
    queries = (SummaryQuery, EffectsQuery, CompareQuery, SeedsQuery, *figures)
    assert {name for query in queries for name in own_fields(query)} == RESERVED
