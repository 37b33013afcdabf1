"""Loads a run's dataset as tensors over the prepared arrays. Bundled datasets are prepared when a run first needs
them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from models.datasets import Dataset
from trainer.classification.data import Splits, whole
from trainer.classification.datasets.cache import cache_name, open_prepared
from trainer.classification.datasets.prepare import prepare
from trainer.classification.datasets.sources import Source, digits_source, synthetic_source
from trainer.files import sha256_of
from trainer.prepared import MANIFEST, folder_of

if TYPE_CHECKING:
    from models.task import Classification


def load_dataset(parameters: Classification, root: Path) -> Splits:
    """Load the dataset of a run from `root`, the folder of all prepared datasets.

    Raises:
        NotPrepared, DamagedDataset: If this machine does not have the dataset as it was prepared
            (`trainer.classification.datasets.cache`).
    """
    name = cache_name(parameters)
    if make := _bundled(parameters):
        prepare(root, name, parameters.image_size, make)
    return _open(root, name, parameters.image_size, _state(folder_of(root, name, parameters.image_size)))


def _bundled(parameters: Classification) -> Callable[[], Source] | None:
    match parameters.dataset:
        case Dataset.DIGITS:
            return lambda: digits_source(parameters.image_size)
        case Dataset.SYNTHETIC:
            return lambda: synthetic_source(parameters.synthetic_classes, parameters.synthetic_examples)
        case _:
            return None


def _state(folder: Path) -> str:
    """Changes when the dataset is prepared again. '' if there is none."""
    manifest = folder / MANIFEST
    return sha256_of(manifest) if manifest.exists() else ""


# A process keeps its datasets from run to run. It reads and checks one again only if it was prepared again.
@lru_cache(maxsize=2)
def _open(root: Path, name: str, image_size: int, state: str) -> Splits:
    dataset, arrays = open_prepared(root, name, image_size)
    train = whole(torch.from_numpy(arrays.train_images), torch.from_numpy(arrays.train_labels))
    val = whole(torch.from_numpy(arrays.val_images), torch.from_numpy(arrays.val_labels))
    return Splits(train, val, dataset.num_classes, dataset.hash)
