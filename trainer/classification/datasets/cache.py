"""Opens prepared datasets without torch. A folder `NAME-SIZE/` holds {train,val}_{images,labels}.npy and a manifest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenkeel.plugins import Prepared
from models.datasets import Dataset
from trainer.files import sha256_of
from trainer.prepared import folder_of, read_manifest

if TYPE_CHECKING:
    from models.task import Classification


class NotPrepared(Exception):
    """This machine does not have a dataset. The message names the command that prepares it."""


class DamagedDataset(Exception):
    """A prepared dataset has changed since it was prepared. The message names the command that prepares it again."""


@dataclass(frozen=True)
class Arrays:
    """The arrays of a dataset: images (N, S, S, 3) and labels (N,). All processes that open them share the memory."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    val_images: NDArray[np.uint8]
    val_labels: NDArray[np.int64]


def cache_name(parameters: Classification) -> str:
    """The name under which a run's dataset is stored. The synthetic dataset has one for each number of classes and
    examples."""
    if parameters.dataset == Dataset.SYNTHETIC:
        return f"{parameters.dataset}-{parameters.synthetic_classes}x{parameters.synthetic_examples}"
    return parameters.dataset


def open_prepared(root: Path, name: str, image_size: int) -> tuple[Prepared, Arrays]:
    """Open a prepared dataset.

    Args:
        root: The folder of all prepared datasets.
        name: The name of the dataset, from `cache_name`.
        image_size: The side of its square images, in pixels.

    Raises:
        NotPrepared: If this machine does not have the dataset.
        DamagedDataset: If a file is not the one that was prepared. Each is read once to find out.
    """
    folder = folder_of(root, name, image_size)
    manifest = read_manifest(folder)
    if manifest is None:
        raise NotPrepared(
            f"dataset {name!r} at {image_size} pixels is not prepared in {root}; "
            f"run: evenkeel data prepare {name} --size {image_size}"
        )
    for file, expected in manifest["sha256"].items():
        if sha256_of(folder / file) != expected:
            raise DamagedDataset(
                f"dataset {name!r} at {image_size} pixels is damaged: {folder / file} is not the file that was "
                f"prepared; run: evenkeel data prepare {name} --size {image_size} --force"
            )
    # Nobody writes to these copy-on-write maps, so all processes on the machine share the pages.
    files = {key: np.load(folder / f"{key}.npy", mmap_mode="c") for key in Arrays.__annotations__}
    return Prepared(**manifest["dataset"]), Arrays(**files)
