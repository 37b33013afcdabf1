"""Describes a task of somebody's own, from its class, in values that JSON can express."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from evenkeel.plugins import AnnouncedTask, Metric, Package, Training

EPOCHS = "epochs"


def describe_task(training: Any, name: str, package: Package) -> AnnouncedTask:
    """Describe a task.

    Args:
        training: The class that its entry point names.
        name: The name of its entry point.

    Raises:
        ValueError: If the class does not keep to the contract. The message is a clause: it says what is wrong.
    """
    if not (isinstance(training, type) and issubclass(training, Training)):
        raise ValueError(f"{training!r:.80} is not a subclass of evenkeel.plugins.Training")
    params = getattr(training, "Params", None)
    if not (isinstance(params, type) and issubclass(params, BaseModel)):
        raise ValueError(f"{training.__name__}.Params is not a pydantic model")
    if not params.model_fields:
        raise ValueError(f"{training.__name__}.Params has no field, so there is nothing to vary")
    schema = params.model_json_schema()
    metrics = _metrics(training)
    row, column, line = _panels(training, schema["properties"])
    return AnnouncedTask(
        name=name,
        package=package,
        version=training.version,
        parameters=schema,
        metrics=metrics,
        default_metric=training.default_metric or metrics[0].name,
        panels=(row, column, line),
        epochs=_epochs(training, params),
        description=_description(training),
        loss=training.loss,
        labels=dict(training.labels),
        costs=_costs(training, schema["properties"]),
    )


def first_line(text: str | None) -> str:
    """The first line of a docstring; '' if there is none."""
    return (text or "").strip().partition("\n")[0].strip()


def _metrics(training: type[Training]) -> tuple[Metric, ...]:
    own = tuple(getattr(training, "metrics", ()))
    if not own or not all(isinstance(metric, Metric) for metric in own):
        raise ValueError(f"{training.__name__}.metrics must be a list with at least one evenkeel.plugins.Metric")
    names = {metric.name for metric in own}
    return own + tuple(metric for metric in training.diagnostics if metric.name not in names)


def _epochs(training: type[Training], params: type[BaseModel]) -> str | int:
    if EPOCHS in params.model_fields:
        return EPOCHS
    if training.max_epochs is None or training.max_epochs < 1:
        raise ValueError(
            f"{training.__name__}.Params has no field `{EPOCHS}`. Then {training.__name__}.max_epochs must say the "
            "most epochs that a run trains, and the training sets self.done in its last one"
        )
    return training.max_epochs


def _panels(training: type[Training], properties: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The three factors that name a cell: words before numbers, and the number of epochs last. Of few parameters, the
    last one is there more than once."""
    if unknown := [factor for factor in training.panels if factor not in properties]:
        raise ValueError(
            f"{training.__name__}.panels: {unknown[0]!r} is not a field of Params: {', '.join(properties)}"
        )

    def place(factor: str) -> tuple[bool, bool]:
        return factor == EPOCHS, properties[factor].get("type") in ("integer", "number")

    chosen = list(training.panels) or sorted(properties, key=place)
    return [*chosen, chosen[-1], chosen[-1]][:3]


def _costs(training: type[Training], properties: Mapping[str, Any]) -> tuple[str, ...] | None:
    if training.costs is None:
        return None
    if unknown := [factor for factor in training.costs if factor not in properties]:
        raise ValueError(f"{training.__name__}.costs: {unknown[0]!r} is not a field of Params: {', '.join(properties)}")
    return tuple(training.costs)


def _description(training: type[Training]) -> str:
    return first_line(training.__doc__) or first_line(sys.modules[training.__module__].__doc__)
