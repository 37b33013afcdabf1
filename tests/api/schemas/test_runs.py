"""The row of an epoch has the metrics of its task."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from api.schemas.runs import epoch_row
from evenkeel.plugins import Metric
from models.task import CLASSIFICATION

BASE: dict[str, Any] = {"epoch": 1, "epoch_seconds": 0.5, "logged_ms": 9}


def test_metrics_are_numbers_and_diagnostics_may_be_null() -> None:
    schema = epoch_row({"classification": CLASSIFICATION}).model_json_schema(mode="serialization")
    measured = [metric.name for metric in CLASSIFICATION.metrics if not metric.diagnostic]
    diagnostics = [metric.name for metric in CLASSIFICATION.metrics if metric.diagnostic]
    assert list(schema["properties"]) == ["epoch", *measured, "epoch_seconds", "logged_ms", *diagnostics]
    # An imported run may not know its times.
    assert schema["required"] == ["epoch"]
    for metric in CLASSIFICATION.metrics:
        kinds = {"anyOf": [{"type": "number"}, {"type": "null"}]} if metric.diagnostic else {"type": "number"}
        column = dict(schema["properties"][metric.name])
        del column["title"]
        assert column == {"description": metric.description, **kinds}


def test_what_was_not_measured_is_left_out() -> None:
    row = epoch_row({"classification": CLASSIFICATION}).model_validate(BASE | {"val_loss": 0.25, "dead_units": None})
    assert row.model_dump(exclude_unset=True) == BASE | {"val_loss": 0.25, "dead_units": None}
    with pytest.raises(ValidationError):
        epoch_row({"classification": CLASSIFICATION}).model_validate(BASE | {"val_loss": None})


def test_tasks_that_disagree_whether_a_metric_may_be_missing_let_it_be_null() -> None:
    lost = Metric("val_loss", "lower", diagnostic=True)
    other = replace(
        CLASSIFICATION, name="other", metrics=(lost,), default_metric="val_loss", loss=None, per_example=None
    )
    for tasks in ([CLASSIFICATION, other], [other, CLASSIFICATION]):
        schema = epoch_row({task.name: task for task in tasks}).model_json_schema(mode="serialization")
        assert schema["properties"]["val_loss"]["anyOf"] == [{"type": "number"}, {"type": "null"}]
