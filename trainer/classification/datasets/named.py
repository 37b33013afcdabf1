"""Finds the dataset that a name means: a published one, one of the worker's own, or one that a package brings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from evenkeel.settings import Settings
from models.datasets import BUNDLED, Dataset
from trainer.classification.datasets.configured import own_datasets
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.plugged import plugged_datasets, plugged_source
from trainer.classification.datasets.published import READERS, downloaded_source, torchvision_source
from trainer.classification.datasets.sources import Source


def find_source(settings: Settings, name: str, image_size: int, instead: Path | None) -> Callable[[], Source]:
    """A function that reads the dataset `name`.

    Args:
        image_size: The side of the images that are asked for, in pixels.
        instead: A folder that holds the dataset, if it is not where it would be looked for.

    Raises:
        SourceError: If there is no such dataset, or it needs no preparation.
    """
    own = own_datasets(settings)
    if name in own:
        if instead is not None and "folder" not in type(own[name]).model_fields:
            raise SourceError(f"--from {instead}: {name} is not a folder; its files are those that its table names")
        return partial(own[name].source, name, instead)
    if name in READERS:
        if instead is None:
            return partial(downloaded_source, Dataset(name), settings.datasets_dir / "raw")
        return partial(torchvision_source, Dataset(name), instead)
    if name in BUNDLED:
        raise SourceError(f"{name} needs no preparation: a worker makes it when a run first needs it")
    plugged = plugged_datasets(settings)
    if name in plugged:
        if instead is not None:
            raise SourceError(f"--from {instead}: {name} comes from {plugged[name].package}, not from a folder")
        return partial(plugged_source, name, plugged[name], image_size)
    raise SourceError(
        f"there is no dataset {name!r}; there are: {', '.join([*READERS, *own, *plugged])}. To use data of your own, "
        "give it a name in the file that EVENKEEL_DATASETS_FILE points to"
    )


def known_names(settings: Settings) -> list[str]:
    """The names of all datasets that can be prepared here."""
    return [*READERS, *dict.fromkeys([*own_datasets(settings), *plugged_datasets(settings)])]
