"""What lies prepared on this machine: a folder a dataset and size, found by its manifest.

`NAME-SIZE/` holds {train,val}_{images,labels}.npy (uint8 (N, S, S, 3) and int64 (N,)) and manifest.json. No torch here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.plugins import Prepared
from models.datasets import Dataset

if TYPE_CHECKING:
    from models.task import Classification

FORMAT = 1
MANIFEST = "manifest.json"


class NotPrepared(Exception):
    """A dataset that this machine does not have; the message names the command that would prepare it."""


@dataclass(frozen=True)
class Arrays:
    """Memory maps, shared between all processes that open them."""

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.int64]
    val_images: NDArray[np.uint8]
    val_labels: NDArray[np.int64]


def cache_name(parameters: Classification) -> str:
    """Under what name a run's dataset is kept: the synthetic one has as many as it has shapes."""
    if parameters.dataset == Dataset.SYNTHETIC:
        return f"{parameters.dataset}-{parameters.synthetic_classes}x{parameters.synthetic_examples}"
    return parameters.dataset


def folder_of(root: Path, name: str, image_size: int) -> Path:
    return root / f"{name}-{image_size}"


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """None where nothing whole of a format that this code reads is there."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        return None
    return manifest if manifest.get("format") == FORMAT else None


def list_prepared(root: Path) -> list[Prepared]:
    """Everything that lies whole below `root`, by name and size."""
    manifests = [read_manifest(folder) for folder in sorted(root.glob("*-*/")) if not folder.name.endswith(".partial")]
    return [Prepared(**manifest["dataset"]) for manifest in manifests if manifest]


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
