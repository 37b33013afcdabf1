"""A cell's dataset as tensors over the prepared arrays. The bundled ones are prepared when first asked for."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import torch

from lab.cell import Cell
from lab.datasets import Dataset
from trainer.data import Splits, whole
from trainer.datasets.cache import cache_name, open_prepared
from trainer.datasets.prepare import prepare
from trainer.datasets.sources import Source, digits_source, synthetic_source


def load_dataset(cell: Cell, root: Path) -> Splits:
    """Raises trainer.datasets.cache.NotPrepared, naming the command that would prepare it."""
    name = cache_name(cell)
    if make := _bundled(cell):
        prepare(root, name, cell.image_size, make)
    return _open(root, name, cell.image_size)


def _bundled(cell: Cell) -> Callable[[], Source] | None:
    match cell.dataset:
        case Dataset.DIGITS:
            return lambda: digits_source(cell.image_size)
        case Dataset.SYNTHETIC:
            return lambda: synthetic_source(cell.synthetic_classes, cell.synthetic_examples)
        case _:
            return None


@lru_cache(maxsize=2)
def _open(root: Path, name: str, image_size: int) -> Splits:
    dataset, arrays = open_prepared(root, name, image_size)
    train = whole(torch.from_numpy(arrays.train_images), torch.from_numpy(arrays.train_labels))
    val = whole(torch.from_numpy(arrays.val_images), torch.from_numpy(arrays.val_labels))
    return Splits(train, val, dataset.num_classes, dataset.hash)
