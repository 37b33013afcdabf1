"""Where a dataset comes from: torchvision's own classes, a folder of images, or nothing but a formula."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.datasets import Dataset
from trainer.classification.datasets.images import Arrays, Files, Images
from trainer.classification.datasets.synthetic import Synthetic


class SourceError(Exception):
    """A dataset that cannot be had as asked; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """Images and labels, int64 (N,), to train and to validate with; a class's number is its place in `classes`."""

    classes: list[str]
    train: Images
    train_labels: NDArray[np.int64]
    val: Images
    val_labels: NDArray[np.int64]


def _food101(root: str, download: bool) -> Source:
    """Bossard et al. 2014: 101 dishes, 75,750 images to train and 25,250 to test."""
    from torchvision.datasets import Food101

    train, val = (Food101(root, split, download=download, loader=str) for split in ("train", "test"))
    return _of_files(train.classes, train, val)


def _oxford_pets(root: str, download: bool) -> Source:
    """Parkhi et al. 2012: 37 breeds, 3,680 images to train and 3,669 to test."""
    from torchvision.datasets import OxfordIIITPet

    train, val = (OxfordIIITPet(root, split, download=download) for split in ("trainval", "test"))
    # This class alone takes no loader that would leave the files unread.
    pairs = [list(zip(map(str, split._images), split._labels, strict=True)) for split in (train, val)]
    return _of_files(train.classes, *pairs)


def _cifar(kind: str) -> Callable[[str, bool], Source]:
    def read(root: str, download: bool) -> Source:
        """Krizhevsky 2009: 32 x 32, 50,000 images to train and 10,000 to test."""
        import torchvision.datasets

        cifar = getattr(torchvision.datasets, kind)
        train, val = (cifar(root, split, download=download) for split in (True, False))
        return _of_arrays(train.classes, train.data, train.targets, val.data, val.targets)

    return read


def _fashion_mnist(root: str, download: bool) -> Source:
    """Xiao et al. 2017: 28 x 28 in gray, 60,000 images to train and 10,000 to test."""
    from torchvision.datasets import FashionMNIST

    train, val = (FashionMNIST(root, split, download=download) for split in (True, False))
    return _of_arrays(train.classes, train.data.numpy(), train.targets, val.data.numpy(), val.targets)


def _svhn(root: str, download: bool) -> Source:
    """Netzer et al. 2011: 32 x 32 house numbers, 73,257 to train and 26,032 to test."""
    from torchvision.datasets import SVHN

    train, val = (SVHN(root, split, download=download) for split in ("train", "test"))
    pixels = [split.data.transpose(0, 2, 3, 1) for split in (train, val)]
    return _of_arrays([str(digit) for digit in range(10)], pixels[0], train.labels, pixels[1], val.labels)


# The folder that each of torchvision's classes looks for below its root, and how it is read.
TORCHVISION: dict[Dataset, tuple[str, Callable[[str, bool], Source]]] = {
    Dataset.FOOD101: ("food-101", _food101),
    Dataset.CIFAR10: ("cifar-10-batches-py", _cifar("CIFAR10")),
    Dataset.CIFAR100: ("cifar-100-python", _cifar("CIFAR100")),
    Dataset.FASHION_MNIST: ("FashionMNIST", _fashion_mnist),
    Dataset.SVHN: ("", _svhn),
    Dataset.OXFORD_PETS: ("oxford-iiit-pet", _oxford_pets),
}


def torchvision_source(name: Dataset, folder: Path, download: bool) -> Source:
    """Read through torchvision's own class. `folder` holds the dataset's folder, or is that folder.

    Raises SourceError where it is not there, is not whole, or cannot be downloaded.
    """
    base, read = TORCHVISION[name]
    if download:
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        raise SourceError(f"{folder} is not a folder")
    try:
        with _as_root(folder, base) as root:
            source = read(root, download)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        what = "could not be downloaded" if download else f"is not whole in {folder}"
        advice = (
            "; if you have its files, --from FOLDER takes them" if download else f"; expected: {base or 'its files'}"
        )
        raise SourceError(f"{name} {what}: {type(error).__name__}: {error}{advice}") from error
    return _checked(name, source)


def image_folder_source(name: str, folder: Path) -> Source:
    """`folder`/train/<class>/* and `folder`/val/<class>/*, through torchvision.datasets.ImageFolder.

    Raises SourceError for a missing folder, an empty class, and classes that differ between the two.
    """
    from torchvision.datasets import ImageFolder

    try:
        train, val = (ImageFolder(folder / split, loader=str, allow_empty=True) for split in ("train", "val"))
    except FileNotFoundError as error:
        raise SourceError(f"{name}: {folder} must hold train/<class>/ and val/<class>/: {error}") from error
    if train.classes != val.classes:
        odd = sorted(set(train.classes) ^ set(val.classes))
        raise SourceError(f"{name}: these classes stand in one of train/ and val/ only: {', '.join(odd[:10])}")
    return _checked(name, _of_files(train.classes, train.samples, val.samples))


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
    return _of_arrays(classes, images[train], bunch.target[train], images[val], bunch.target[val])


def synthetic_source(num_classes: int, num_train: int) -> Source:
    train = Synthetic(num_classes, 0, num_train)
    val = Synthetic(num_classes, num_train, max(1, num_train // 4))
    labels = [np.array([part.label(i) for i in range(len(part))], np.int64) for part in (train, val)]
    return Source([f"class {i}" for i in range(num_classes)], train, labels[0], val, labels[1])


@contextmanager
def _as_root(folder: Path, base: str) -> Iterator[str]:
    """A folder in which `base` is found: `folder` itself, or one that links to it."""
    if not base or (folder / base).is_dir() or not any(folder.iterdir()):
        yield str(folder)
        return
    with tempfile.TemporaryDirectory() as root:
        (Path(root) / base).symlink_to(folder.absolute(), target_is_directory=True)
        yield root


def _of_files(classes: list[str], train: Any, val: Any) -> Source:
    """`train` and `val`: (path, label) by index."""
    sides = []
    for pairs in (train, val):
        paths, labels = zip(*(pairs[i] for i in range(len(pairs))), strict=True) if len(pairs) else ((), ())
        sides.append((Files([str(Path(path).resolve()) for path in paths]), np.array(labels, np.int64)))
    return Source(list(classes), *sides[0], *sides[1])


def _of_arrays(classes: Any, train: Any, train_labels: Any, val: Any, val_labels: Any) -> Source:
    labels = [np.asarray(labels, np.int64) for labels in (train_labels, val_labels)]
    return Source(list(map(str, classes)), Arrays(train), labels[0], Arrays(val), labels[1])


def _checked(name: str, source: Source) -> Source:
    """Every class has an example to train with, or the network could not know of it."""
    counts = np.bincount(source.train_labels, minlength=len(source.classes))
    if empty := [label for label, count in zip(source.classes, counts, strict=True) if count == 0]:
        raise SourceError(f"{name}: no training images of: {', '.join(empty[:10])}")
    if len(source.val) == 0:
        raise SourceError(f"{name}: no images to validate with")
    return source
