"""Where a dataset comes from: a folder of images, scikit-learn, or a formula. `published` has the others."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainer.classification.datasets.images import Arrays, Files, Images
from trainer.classification.datasets.layouts import IMAGE_FOLDER, SourceError, find_home
from trainer.classification.datasets.synthetic import Synthetic


@dataclass(frozen=True)
class Source:
    """Images and labels, int64 (N,), to train and to validate with; a class's number is its place in `classes`."""

    classes: list[str]
    train: Images
    train_labels: NDArray[np.int64]
    val: Images
    val_labels: NDArray[np.int64]


def image_folder_source(name: str, folder: Path) -> Source:
    """`folder`/train/<class>/* and `folder`/val/<class>/*, through torchvision.datasets.ImageFolder.

    Raises SourceError for a missing folder, an empty class, and classes that differ between the two.
    """
    home = find_home(name, IMAGE_FOLDER, folder)
    classes = [{entry.name for entry in (home / split).iterdir() if entry.is_dir()} for split in ("train", "val")]
    if not all(classes):
        empty = " and ".join(
            str(home / split) for split, found in zip(("train", "val"), classes, strict=True) if not found
        )
        raise SourceError(
            f"{name}: no folder of a class in {empty}; expected: {home}/train/CLASS/ and {home}/val/CLASS/"
        )
    if odd := sorted(classes[0] ^ classes[1]):
        raise SourceError(f"{name}: these classes stand in one of train/ and val/ only: {', '.join(odd[:10])}")
    from torchvision.datasets import ImageFolder

    train, val = (ImageFolder(home / split, loader=str, allow_empty=True) for split in ("train", "val"))
    return checked(name, of_files(train.classes, train.samples, val.samples))


def digits_source(image_size: int) -> Source:
    """scikit-learn's 8x8 digits (1,797 of them), bilinearly resized, gray in all three channels.

    The split is fixed (it is part of the dataset, not of a run): the last 360 in a permutation drawn from seed 0.
    """
    import torch
    from sklearn.datasets import load_digits
    from torch.nn import functional as F

    bunch = load_digits()
    gray = torch.from_numpy(bunch.images).to(torch.float32)[:, None] * (255 / 16)  # (N, 1, 8, 8)
    resized = F.interpolate(gray, (image_size, image_size), mode="bilinear", align_corners=False)
    images = resized.round().to(torch.uint8)[:, 0].numpy()  # (N, S, S)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0)).numpy()
    train, val = order[:-360], order[-360:]
    classes = [str(digit) for digit in range(10)]
    return of_arrays(classes, images[train], bunch.target[train], images[val], bunch.target[val])


def synthetic_source(num_classes: int, num_train: int) -> Source:
    train = Synthetic(num_classes, 0, num_train)
    val = Synthetic(num_classes, num_train, max(1, num_train // 4))
    labels = [np.array([part.label(i) for i in range(len(part))], np.int64) for part in (train, val)]
    return Source([f"class {i}" for i in range(num_classes)], train, labels[0], val, labels[1])


def of_files(classes: list[str], train: Any, val: Any) -> Source:
    """`train` and `val`: (path, label) by index."""
    sides = []
    for pairs in (train, val):
        paths, labels = zip(*(pairs[i] for i in range(len(pairs))), strict=True) if len(pairs) else ((), ())
        sides.append((Files([str(Path(path).resolve()) for path in paths]), np.array(labels, np.int64)))
    return Source(list(classes), *sides[0], *sides[1])


def of_arrays(classes: Any, train: Any, train_labels: Any, val: Any, val_labels: Any) -> Source:
    labels = [np.asarray(labels, np.int64) for labels in (train_labels, val_labels)]
    return Source(list(map(str, classes)), Arrays(train), labels[0], Arrays(val), labels[1])


def checked(name: str, source: Source) -> Source:
    """Every image has its label, and every class an image to train with, or the network could not know of it."""
    for images, labels in ((source.train, source.train_labels), (source.val, source.val_labels)):
        if len(images) != len(labels):
            raise SourceError(f"{name}: {len(images)} images, but {len(labels)} labels")
        if len(labels) and not 0 <= labels.min() <= labels.max() < len(source.classes):
            raise SourceError(f"{name}: a label is {labels.max()}, but there are {len(source.classes)} classes")
    counts = np.bincount(source.train_labels, minlength=len(source.classes))
    if empty := [label for label, count in zip(source.classes, counts, strict=True) if count == 0]:
        raise SourceError(f"{name}: no training images of: {', '.join(empty[:10])}")
    if len(source.val) == 0:
        raise SourceError(f"{name}: no images to validate with")
    return source
