"""The datasets that torchvision can read. Each has a class of its own in torchvision."""

import zlib
from collections.abc import Callable
from pathlib import Path

from models.datasets import Dataset
from trainer.classification.datasets.layouts import LAYOUTS, SourceError, as_root, find_home
from trainer.classification.datasets.sources import Source, checked, of_arrays, of_files

# Torchvision's classes raise these for files that are incomplete or do not belong to the dataset.
UNREADABLE = (OSError, EOFError, RuntimeError, ValueError, TypeError, KeyError, AssertionError, zlib.error)


def _food101(root: str, download: bool) -> Source:
    """Bossard et al. 2014: 101 dishes, 75,750 images to train and 25,250 to test."""
    from torchvision.datasets import Food101

    train, val = (Food101(root, split, download=download, loader=str) for split in ("train", "test"))
    return of_files(train.classes, train, val)


def _oxford_pets(root: str, download: bool) -> Source:
    """Parkhi et al. 2012: 37 breeds, 3,680 images to train and 3,669 to test."""
    from torchvision.datasets import OxfordIIITPet

    train, val = (OxfordIIITPet(root, split, download=download) for split in ("trainval", "test"))
    # Unlike the others, this class takes no loader, and would read every image. So the paths are taken from its fields.
    pairs = [list(zip(map(str, split._images), split._labels, strict=True)) for split in (train, val)]
    return of_files(train.classes, *pairs)


def _cifar(kind: str) -> Callable[[str, bool], Source]:
    def read(root: str, download: bool) -> Source:
        """Krizhevsky 2009: 32 x 32, 50,000 images to train and 10,000 to test."""
        import torchvision.datasets

        cifar = getattr(torchvision.datasets, kind)
        train, val = (cifar(root, split, download=download) for split in (True, False))
        return of_arrays(train.classes, train.data, train.targets, val.data, val.targets)

    return read


def _fashion_mnist(root: str, download: bool) -> Source:
    """Xiao et al. 2017: 28 x 28 in gray, 60,000 images to train and 10,000 to test."""
    from torchvision.datasets import FashionMNIST

    train, val = (FashionMNIST(root, split, download=download) for split in (True, False))
    return of_arrays(train.classes, train.data.numpy(), train.targets, val.data.numpy(), val.targets)


def _svhn(root: str, download: bool) -> Source:
    """Netzer et al. 2011: 32 x 32 house numbers, 73,257 to train and 26,032 to test."""
    from torchvision.datasets import SVHN

    train, val = (SVHN(root, split, download=download) for split in ("train", "test"))
    pixels = [split.data.transpose(0, 2, 3, 1) for split in (train, val)]
    return of_arrays([str(digit) for digit in range(10)], pixels[0], train.labels, pixels[1], val.labels)


READERS: dict[Dataset, Callable[[str, bool], Source]] = {
    Dataset.FOOD101: _food101,
    Dataset.CIFAR10: _cifar("CIFAR10"),
    Dataset.CIFAR100: _cifar("CIFAR100"),
    Dataset.FASHION_MNIST: _fashion_mnist,
    Dataset.SVHN: _svhn,
    Dataset.OXFORD_PETS: _oxford_pets,
}


def downloaded_source(name: Dataset, folder: Path) -> Source:
    """Read a dataset through torchvision's class, which downloads missing files into `folder`.

    Raises:
        SourceError: If the dataset cannot be downloaded, or its files are unusable.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        source = READERS[name](str(folder), True)
    except UNREADABLE as error:
        raise SourceError(
            f"{name} could not be downloaded: {type(error).__name__}: {error}. If you have its files, use --from "
            f"FOLDER with the folder that holds {LAYOUTS[name]}"
        ) from error
    return checked(name, source)


def torchvision_source(name: Dataset, folder: Path) -> Source:
    """Read a dataset through torchvision's class from files on this machine.

    Args:
        folder: Where the files are. `find_home` says in which folders near it they are searched for.

    Raises:
        SourceError: If files are missing or unusable.
    """
    layout = LAYOUTS[name]
    home = find_home(name, layout, folder)
    try:
        with as_root(layout, home) as root:
            source = READERS[name](str(root), False)
    except UNREADABLE as error:
        # Torchvision raises this for a file that has another checksum.
        known = str(error).startswith("Dataset not found or corrupted")
        why = "a checksum is not the published one" if known else f"{type(error).__name__}: {error}"
        raise SourceError(f"{name}: its files are in {home}, but they are incomplete or damaged: {why}") from error
    return checked(name, source)
