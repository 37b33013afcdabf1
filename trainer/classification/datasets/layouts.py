"""The files of each dataset, and the search for them in a folder that the user names.

This file does not load torch, so that the error about a wrong folder comes at once.
"""

import gzip
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.datasets import Dataset

# Far more than any file of a dataset has when it is unpacked.
MAX_UNPACKED_BYTES = 256_000_000
BLOCK_BYTES = 1_000_000
SHOWN = 8  # number of a folder's entries that an error shows


class SourceError(Exception):
    """A dataset cannot be read in the way that the user asked for. The message says what to do."""


@dataclass(frozen=True)
class Layout:
    """The files of a dataset, and where torchvision expects them.

    Attributes:
        files: Paths relative to the folder that holds all of them. A path that ends in '/' is a folder.
        base: The path of that folder within the folder that torchvision downloads into.
        gzipped: Whether each file may also be compressed, as NAME.gz.
    """

    files: tuple[str, ...]
    base: str = ""
    gzipped: bool = False

    def missing(self, home: Path) -> list[str]:
        """The files that are missing in the folder `home`."""
        return [name for name in self.files if self.find(home, name) is None]

    def find(self, home: Path, name: str) -> Path | None:
        """The path of a file in the folder `home`; None if it is missing there."""
        if name.endswith("/"):
            return home / name if (home / name).is_dir() else None
        names = (name, f"{name}.gz") if self.gzipped else (name,)
        return next((home / one for one in names if (home / one).is_file()), None)

    def __str__(self) -> str:
        return ", ".join(self.files) + (" (each may end in .gz)" if self.gzipped else "")


IDX = tuple(f"{split}-{what}-ubyte" for split in ("train", "t10k") for what in ("images-idx3", "labels-idx1"))

LAYOUTS: dict[Dataset, Layout] = {
    Dataset.FOOD101: Layout(("meta/train.json", "meta/test.json", "images/"), "food-101"),
    Dataset.CIFAR10: Layout(
        (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch", "batches.meta"), "cifar-10-batches-py"
    ),
    Dataset.CIFAR100: Layout(("train", "test", "meta"), "cifar-100-python"),
    Dataset.FASHION_MNIST: Layout(IDX, "FashionMNIST/raw", gzipped=True),
    Dataset.SVHN: Layout(("train_32x32.mat", "test_32x32.mat")),
    Dataset.OXFORD_PETS: Layout(("annotations/trainval.txt", "annotations/test.txt", "images/"), "oxford-iiit-pet"),
}
IMAGE_FOLDER = Layout(("train/", "val/"))


def find_home(name: str, layout: Layout, folder: Path) -> Path:
    """Find the folder that holds all files of a dataset.

    That is `folder` or a folder inside it. If `folder` is a part of the dataset, such as its `images/`, it may also be
    the folder above.

    Raises:
        SourceError: If no folder holds all files, or several do. The message says which files were searched for and
            which files exist.
    """
    if not folder.is_dir():
        raise SourceError(f"{name}: {folder} {'is a file, not a folder' if folder.exists() else 'does not exist'}")
    try:
        for places in _places(layout, folder):
            whole = [place for place in places if not layout.missing(place)]
            if len(whole) > 1:
                found = ", ".join(map(str, whole))
                raise SourceError(f"{name}: {len(whole)} folders in {folder} hold its files: {found}. Name one of them")
            if whole:
                return whole[0]
        raise SourceError(_not_found(name, layout, folder))
    except OSError as error:
        raise SourceError(f"{name}: {error.filename} cannot be read: {error.strerror}") from error


def _places(layout: Layout, folder: Path) -> Iterator[list[Path]]:
    """The folders that may hold the files, the likeliest first. The folders of one list are equally likely."""
    yield [folder]
    if layout.base:
        yield [folder / layout.base]
    inside = [entry for entry in sorted(folder.iterdir()) if entry.is_dir()]
    yield inside
    if layout.base:
        yield [entry / layout.base for entry in inside]
    if _is_part(layout, folder):
        yield [folder.absolute().parent]


def _is_part(layout: Layout, folder: Path) -> bool:
    return any(name.startswith(f"{folder.absolute().name}/") for name in layout.files)


def _not_found(name: str, layout: Layout, folder: Path) -> str:
    places = [place for some in _places(layout, folder) for place in some]
    best = min(places, key=lambda place: len(layout.missing(place)))
    missing = layout.missing(best)
    if len(missing) < len(layout.files):
        return f"{name}: not all of its files are in {best}. Missing there: {', '.join(missing)}"
    return f"{name}: {folder} and the folders in it hold none of its files: {layout}. {_describe(folder)}"


def _describe(folder: Path) -> str:
    entries = sorted(f"{entry.name}/" if entry.is_dir() else entry.name for entry in folder.iterdir())
    if not entries:
        return f"{folder} is empty"
    more = f" and {len(entries) - SHOWN} more" if len(entries) > SHOWN else ""
    return f"{folder} holds: {', '.join(entries[:SHOWN])}{more}"


@contextmanager
def as_root(layout: Layout, home: Path) -> Iterator[Path]:
    """A folder in which torchvision finds the files of `home`, unpacked and under the path that it expects."""
    if not layout.base:
        yield home
        return
    with tempfile.TemporaryDirectory() as root:
        base = Path(root) / layout.base
        base.parent.mkdir(parents=True, exist_ok=True)
        if layout.gzipped:
            base.mkdir()
            for name in layout.files:
                _lay(home, layout, name, base)
        else:
            base.symlink_to(home.absolute(), target_is_directory=True)
        yield Path(root)


def _lay(home: Path, layout: Layout, name: str, base: Path) -> None:
    found = layout.find(home, name)
    assert found is not None
    if found.suffix != ".gz":
        return (base / name).symlink_to(found.absolute())
    with gzip.open(found) as packed, (base / name).open("wb") as file:
        for _ in range(0, MAX_UNPACKED_BYTES, BLOCK_BYTES):
            if not (block := packed.read(BLOCK_BYTES)):
                return
            file.write(block)
    raise OSError(f"{found} has more than {MAX_UNPACKED_BYTES:,} bytes when it is unpacked")
