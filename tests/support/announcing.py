"""A task and a level as workers announce them, without any package that brings them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from evenkeel.grids.tasks import announce
from evenkeel.plugins import Announced, AnnouncedLevel, AnnouncedTask, Metric, Package

NETS = Package("lab-nets", "0.1.0")
NEWER_NETS = Package("lab-nets", "0.2.0")

PARAMETERS: dict[str, Any] = {
    "layers": {"type": "integer", "minimum": 1, "default": 2, "description": "Layers."},
    "norm": {"enum": ["layer", "none"], "type": "string", "default": "layer"},
    "lr": {"type": "number", "exclusiveMinimum": 0, "default": 0.003},
    "dropout": {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "null"}], "default": None},
    "blocks": {"type": "array", "items": {"type": "integer"}, "default": [1, 2]},
    "epochs": {"type": "integer", "minimum": 1, "default": 10},
}

CHAR_LM = AnnouncedTask(
    name="char_lm",
    package=NETS,
    version=1,
    parameters={"type": "object", "properties": PARAMETERS},
    metrics=(Metric("val_loss", "lower"), Metric("train_loss", "lower")),
    default_metric="val_loss",
    panels=("norm", "layers", "lr"),
    epochs="epochs",
)
RMS = AnnouncedLevel("classification", "norm", "rms", NETS, "RMS norm.")


def announced_task(parameters: Mapping[str, Any], **changes: Any) -> AnnouncedTask:
    """A task with these parameters and `epochs`."""
    first = next(iter(parameters), "epochs")
    every = {**parameters, "epochs": PARAMETERS["epochs"]}
    values: dict[str, Any] = {"parameters": {"type": "object", "properties": every}, "panels": (first, first, first)}
    return replace(CHAR_LM, **{**values, **changes})


@contextmanager
def known(*parts: AnnouncedTask | AnnouncedLevel) -> Iterator[None]:
    """Make this process know the tasks and levels for a while."""
    announce(all_of(*parts))
    try:
        yield
    finally:
        announce(Announced())


def all_of(*parts: AnnouncedTask | AnnouncedLevel) -> Announced:
    return Announced(
        tuple(part for part in parts if isinstance(part, AnnouncedTask)),
        tuple(part for part in parts if isinstance(part, AnnouncedLevel)),
    )
