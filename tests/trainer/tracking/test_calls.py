"""Calls to MLflow are never larger than MLflow allows."""

import math
from typing import Any

from mlflow.entities import Metric, Param, RunTag

from trainer.tracking.calls import Call, log_batches


def points(number: int) -> list[Metric]:
    return [Metric("loss", float(step), 0, step) for step in range(number)]


def steps(calls: list[Call]) -> list[int]:
    return [metric["step"] for call in calls for metric in call.body.get("metrics", [])]


def size(call: Call) -> int:
    return sum(len(call.body.get(kind, [])) for kind in ("metrics", "params", "tags"))


def test_points_go_in_calls_of_a_thousand_and_none_is_lost() -> None:
    calls = log_batches("run", points(2500))
    assert sorted(size(call) for call in calls) == [500, 1000, 1000]
    assert steps(calls) == list(range(2500))
    assert {call.body["run_id"] for call in calls} == {"run"}


def test_params_and_tags_go_with_the_last_points_and_count_with_them() -> None:
    calls = log_batches("run", points(1950), [Param("lr", "1")] * 60, [RunTag("a", "b")] * 40)
    assert [size(call) for call in calls] == [1000, 50, 1000]
    assert steps(calls) == list(range(1950))
    assert len(calls[-1].body["params"]) == 60
    assert [size(call) for call in log_batches("run", [], tags=[RunTag("a", "b")])] == [1]


def test_more_than_a_hundred_params_go_in_several_calls() -> None:
    calls = log_batches("run", points(1), [Param(f"p{number}", "1") for number in range(250)])
    sent = [param["key"] for call in calls for param in call.body["params"]]
    assert sorted(sent) == sorted(f"p{number}" for number in range(250))
    assert max(len(call.body["params"]) for call in calls) == 100


def test_without_points_nothing_is_sent() -> None:
    assert log_batches("run", []) == []


def test_values_that_json_has_no_number_for_go_by_their_names() -> None:
    values: list[Any] = [0.5, math.inf, -math.inf, math.nan]
    [call] = log_batches("run", [Metric("loss", value, 0, step) for step, value in enumerate(values)])
    assert [metric["value"] for metric in call.body["metrics"]] == [0.5, "Infinity", "-Infinity", "NaN"]
