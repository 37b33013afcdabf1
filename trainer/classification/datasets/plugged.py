"""Datasets that an installed package brings: a function that returns arrays."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from textwrap import shorten
from typing import Any

import numpy as np

from evenkeel.packages.find import DATASETS, NONE, Plugin, find_plugins
from evenkeel.settings import Settings
from trainer.classification.datasets.array_files import as_pixels
from trainer.classification.datasets.images import Arrays
from trainer.classification.datasets.labelled import Labelled, source_of
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.sources import Source

FORM = "{'train': (images, labels), 'val': (images, labels)}, and 'classes' if you like"


def plugged_datasets(settings: Settings) -> dict[str, Plugin]:
    """The datasets that packages bring, by name. No package is imported."""
    found = [] if settings.plugins == NONE else find_plugins(settings.plugins)
    return {plugin.name: plugin for plugin in found if plugin.group == DATASETS and not plugin.clashes}


def plugged_source(name: str, plugin: Plugin, image_size: int) -> Source:
    """The source of a dataset that a package brings.

    Args:
        image_size: The side of the images that are asked for, in pixels. The package may return others.

    Raises:
        SourceError: If the package's function fails, or returns something else than arrays.
    """
    try:
        load = plugin.load()
        found = load(*([image_size] if inspect.signature(load).parameters else []))
    except Exception as error:
        raise SourceError(f"{name}: {plugin.value} of {plugin.package} fails: {in_short(error)}") from error
    keys = set(found) if isinstance(found, Mapping) else set()
    if not {"train", "val"} <= keys <= {"train", "val", "classes"}:
        what = f"a mapping with {', '.join(map(repr, found))}" if keys else type(found).__name__
        raise SourceError(f"{name}: {plugin.value} of {plugin.package} returns {what}; allowed: {FORM}")
    classes = found.get("classes")
    train, val = (_labelled(f"{split} of {name}", found[split]) for split in ("train", "val"))
    return source_of(name, train, val, classes=None if classes is None else list(map(str, classes)))


def in_short(error: Exception) -> str:
    return shorten(f"{type(error).__name__}: {error}", 300)


def _labelled(where: str, found: Any) -> Labelled:
    try:
        images, labels = found
    except (TypeError, ValueError) as error:
        raise SourceError(f"{where}: is a {type(found).__name__}; allowed: {FORM}") from error
    return Labelled(Arrays(as_pixels(f"{where}: images", images)), np.asarray(labels), where)
