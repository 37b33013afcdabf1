"""A prepared dataset, opened: `NAME-SIZE/` holds {train,val}_{images,labels}.npy beside its manifest. No torch here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evenkeel.plugins import Prepared
from models.datasets import Dataset
from trainer.prepared import folder_of, read_manifest

if TYPE_CHECKING:
    from models.task import Classification


class NotPrepared(Exception):
    """A dataset that this machine does not have; the message names the command that would prepare it."""


@dataclass(frozen=True)
class Arrays:
    """Memory maps, shared between all processes that open them: images (N, S, S, 3), labels (N,)."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    val_images: NDArray[np.uint8]
    val_labels: NDArray[np.int64]


def cache_name(parameters: Classification) -> str:
    """Under what name a run's dataset is kept: the synthetic one has as many as it has shapes."""
    if parameters.dataset == Dataset.SYNTHETIC:
        return f"{parameters.dataset}-{parameters.synthetic_classes}x{parameters.synthetic_examples}"
    return parameters.dataset


def open_prepared(root: Path, name: str, image_size: int) -> tuple[Prepared, Arrays]:
    """Raises NotPrepared."""
    folder = folder_of(root, name, image_size)
    manifest = read_manifest(folder)
    if manifest is None:
        raise NotPrepared(
            f"dataset {name!r} at {image_size} pixels is not prepared in {root}; "
            f"run: evenkeel data prepare {name} --size {image_size}"
        )
    # Copy on write: never written, so every process on the machine shares the pages.
    files = {key: np.load(folder / f"{key}.npy", mmap_mode="c") for key in Arrays.__annotations__}
    return Prepared(**manifest["dataset"]), Arrays(**files)
