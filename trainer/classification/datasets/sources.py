"""The sources of datasets: a folder of images, scikit-learn, or a formula. `published` has the other sources."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.datasets import DIGITS_EXAMPLES
from trainer.classification.datasets.images import Arrays, Files, Images
from trainer.classification.datasets.layouts import IMAGE_FOLDER, SourceError, find_home
from trainer.classification.datasets.synthetic import Synthetic


@dataclass(frozen=True)
class Source:
    """The images and labels to train and to validate with.

    Attributes:
        classes: The names of the classes. The label of a class is its index here.
        train_labels: int64 (N,).
        val_labels: int64 (N,).
    """

    classes: list[str]
    train: Images
    train_labels: NDArray[np.int64]
    val: Images
    val_labels: NDArray[np.int64]


def image_folder_source(name: str, folder: Path) -> Source:
    """The images in `folder`/train/<class>/* and `folder`/val/<class>/*, found by torchvision.datasets.ImageFolder.

    Args:
        name: The name of the dataset, for error messages.

    Raises:
        SourceError: If a folder is missing, a class is empty, or train/ and val/ have different classes.
    """
    home = find_home(name, IMAGE_FOLDER, folder)
    classes = [{entry.name for entry in (home / split).iterdir() if entry.is_dir()} for split in ("train", "val")]
    if not all(classes):
        empty = " and ".join(
            str(home / split) for split, found in zip(("train", "val"), classes, strict=True) if not found
        )
        raise SourceError(
            f"{name}: there are no class folders in {empty}; expected: {home}/train/CLASS/ and {home}/val/CLASS/"
        )
    if odd := sorted(classes[0] ^ classes[1]):
        raise SourceError(f"{name}: these classes are in only one of train/ and val/: {', '.join(odd[:10])}")
    from torchvision.datasets import ImageFolder

    train, val = (ImageFolder(home / split, loader=str, allow_empty=True) for split in ("train", "val"))
    return checked(name, of_files(train.classes, train.samples, val.samples))


def digits_source(image_size: int) -> Source:
    """scikit-learn's 1,797 digits of 8 x 8 pixels, resized bilinearly, with the same gray in all three channels.

    Everything is computed in whole numbers. With floating-point numbers, the instructions of the processor would decide
    some pixels, and so the hash of the dataset.

    The split is part of the dataset and the same for every run. The last 360 digits in a permutation drawn from seed 0
    are for validation.

    Args:
        image_size: The side of the resized images, in pixels.
    """
    import torch
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.stack([enlarge(digit.astype(np.int64), image_size) for digit in bunch.images])  # (N, S, S)
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(0)).numpy()
    num_train, _ = DIGITS_EXAMPLES
    train, val = order[:num_train], order[num_train:]
    classes = [str(digit) for digit in range(10)]
    return of_arrays(classes, images[train], bunch.target[train], images[val], bunch.target[val])


def enlarge(digit: NDArray[np.int64], size: int) -> NDArray[np.uint8]:
    """Resize an image of grays from 0 to 16 bilinearly, and scale it to bytes. Halves are rounded up.

    The centres of the outer pixels stay half a pixel from the edge, as with `align_corners=False` in torch.

    Args:
        digit: (L, L).
        size: The side of the result, in pixels, at least L.

    Returns:
        (size, size).
    """
    side = len(digit)
    # Where each new pixel falls, in units of 1 / (2 size) old pixels.
    places = np.maximum(0, (2 * np.arange(size) + 1) * side - size)
    before, after = np.divmod(places, 2 * size)
    weights = np.zeros((size, side), np.int64)
    weights[np.arange(size), before] += 2 * size - after
    weights[np.arange(size), np.minimum(before + 1, side - 1)] += after
    total, unit = 255 * (weights @ digit @ weights.T), 16 * (2 * size) ** 2
    rounded: NDArray[np.uint8] = ((2 * total + unit) // (2 * unit)).astype(np.uint8)
    return rounded


def synthetic_source(num_classes: int, num_train: int) -> Source:
    """A dataset of `Synthetic` images: `num_train` images to train with, and a quarter as many to validate with."""
    train = Synthetic(num_classes, range(num_train))
    val = Synthetic(num_classes, range(num_train, num_train + max(1, num_train // 4)))
    labels = [np.array([part.label(i) for i in range(len(part))], np.int64) for part in (train, val)]
    return Source([f"class {i}" for i in range(num_classes)], train, labels[0], val, labels[1])


def of_files(classes: list[str], train: Any, val: Any) -> Source:
    """A source of image files. `train` and `val` are sequences of (path, label)."""
    sides = []
    for pairs in (train, val):
        paths, labels = zip(*(pairs[i] for i in range(len(pairs))), strict=True) if len(pairs) else ((), ())
        sides.append((Files([str(Path(path).resolve()) for path in paths]), np.array(labels, np.int64)))
    return Source(list(classes), *sides[0], *sides[1])


def bounded(source: Source, max_pixels: int) -> Source:
    """The source, of whose images none with more than `max_pixels` pixels is read."""
    return replace(source, train=source.train.bounded(max_pixels), val=source.val.bounded(max_pixels))


def of_arrays(classes: Any, train: Any, train_labels: Any, val: Any, val_labels: Any) -> Source:
    """A source of decoded images, uint8 (N, H, W, 3) or gray (N, H, W), with their labels (N,)."""
    labels = [np.asarray(labels, np.int64) for labels in (train_labels, val_labels)]
    return Source(list(map(str, classes)), Arrays(train), labels[0], Arrays(val), labels[1])


def checked(name: str, source: Source) -> Source:
    """Check a source, and return it.

    Raises:
        SourceError: If images and labels differ in number, a label has no class, a class has no image to train with
            (a network could not learn it), or there is no image to validate with.
    """
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
