"""Fashion-MNIST is read from its four files, compressed or not. Files that do not fit together are refused."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from models.datasets import Dataset
from trainer.classification.datasets import layouts
from trainer.classification.datasets.images import Arrays
from trainer.classification.datasets.layouts import LAYOUTS, SourceError
from trainer.classification.datasets.published import READERS, downloaded_source, torchvision_source
from trainer.classification.datasets.sources import Source

COUNTS = {"train": 20, "t10k": 10}


def idx(folder: Path, suffixes: list[str]) -> dict[str, np.ndarray]:
    """Write the four files of Fashion-MNIST and return the pixels of each split. '.gz' gives Debian's layout."""
    rng, pixels = np.random.default_rng(0), {}
    folder.mkdir()
    endings = iter(suffixes)
    for split, count in COUNTS.items():
        pixels[split] = rng.integers(0, 256, (count, 28, 28), np.uint8)
        images = struct.pack(">IIII", 2051, count, 28, 28) + pixels[split].tobytes()
        labels = struct.pack(">II", 2049, count) + bytes(i % 10 for i in range(count))
        for name, content in ((f"{split}-images-idx3-ubyte", images), (f"{split}-labels-idx1-ubyte", labels)):
            ending = next(endings)
            (folder / f"{name}{ending}").write_bytes(gzip.compress(content) if ending else content)
    return pixels


def read(folder: Path) -> Source:
    return torchvision_source(Dataset.FASHION_MNIST, folder)


def test_a_file_that_unpacks_to_far_more_than_it_could_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layouts, "MAX_UNPACKED_BYTES", 3_000_000)
    folder = tmp_path / "bomb"
    folder.mkdir()
    for name in layouts.IDX:
        (folder / f"{name}.gz").write_bytes(gzip.compress(bytes(9_000_000)))
    with pytest.raises(
        SourceError, match=r"train-images-idx3-ubyte.gz has more than 3,000,000 bytes when it is unpacked"
    ):
        torchvision_source(Dataset.FASHION_MNIST, folder)


@pytest.mark.parametrize("suffixes", [[".gz"] * 4, [""] * 4, [".gz", "", "", ".gz"]])
def test_fashion_mnist_is_read_from_its_four_files_compressed_or_not(suffixes: list[str], tmp_path: Path) -> None:
    pixels = idx(tmp_path / "fashion-mnist", suffixes)
    source = read(tmp_path / "fashion-mnist")
    assert isinstance(source.train, Arrays)
    assert isinstance(source.val, Arrays)
    np.testing.assert_array_equal(source.train.pixels, pixels["train"])
    np.testing.assert_array_equal(source.val.pixels, pixels["t10k"])
    assert source.train_labels.tolist() == [i % 10 for i in range(20)]
    assert source.val_labels.tolist() == list(range(10))
    assert source.classes[9] == "Ankle boot"
    assert len(list((tmp_path / "fashion-mnist").iterdir())) == 4


def test_a_file_that_was_cut_off_is_said_not_to_be_whole(tmp_path: Path) -> None:
    folder = tmp_path / "fashion-mnist"
    idx(folder, [".gz"] * 4)
    cut = folder / "t10k-images-idx3-ubyte.gz"
    cut.write_bytes(cut.read_bytes()[:500])
    with pytest.raises(
        SourceError, match=f"fashion_mnist: its files are in {folder}, but they are incomplete or damaged: EOFError"
    ):
        read(folder)


def test_labels_that_do_not_fit_the_images_or_the_classes_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "fashion-mnist"
    idx(folder, [""] * 4)
    labels = folder / "train-labels-idx1-ubyte"
    labels.write_bytes(struct.pack(">II", 2049, 20) + bytes([12] * 20))
    with pytest.raises(SourceError, match="a label is 12, but there are 10 classes"):
        read(folder)
    labels.write_bytes(struct.pack(">II", 2049, 19) + bytes(19))
    with pytest.raises(SourceError, match="20 images, but 19 labels"):
        read(folder)


@pytest.mark.parametrize("name", READERS)
def test_a_download_that_fails_names_the_files_that_a_folder_may_give_instead(
    name: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(root: str, download: bool) -> Source:
        raise OSError("no network")

    monkeypatch.setitem(READERS, name, fail)
    with pytest.raises(SourceError, match="no network") as refused:
        downloaded_source(name, tmp_path)
    assert f"--from FOLDER with the folder that holds {LAYOUTS[name]}" in str(refused.value)
