"""Data of one's own is prepared to the same bytes in whatever form it lies on the disk."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from evenkeel.plugins import Prepared
from evenkeel.settings import Settings
from trainer.classification.datasets.configured import own_datasets
from trainer.classification.datasets.images import Encoded
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.parquet import ParquetTable
from trainer.classification.datasets.prepare import prepare
from trainer.classification.datasets.sources import bounded
from trainer.classification.datasets.staging import PrepareError

CLASSES = ["auk", "crane", "wren"]
SIZE = 16


@dataclass(frozen=True)
class Split:
    pixels: NDArray[np.uint8]  # (N, 20, 24, 3)
    labels: NDArray[np.int64]

    @property
    def words(self) -> list[str]:
        return [CLASSES[label] for label in self.labels]

    @property
    def files(self) -> list[bytes]:
        return [png(image) for image in self.pixels]


def png(image: NDArray[np.uint8]) -> bytes:
    buffer = BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def split_of(count: int, seed: int) -> Split:
    """Images in the order of their classes, in which a folder has them, too."""
    rng = np.random.default_rng(seed)
    return Split(rng.integers(0, 256, (count, 20, 24, 3), np.uint8), np.sort(np.arange(count) % 3))


TRAIN, VAL = split_of(12, 0), split_of(6, 1)
SPLITS = {"train": TRAIN, "val": VAL}


def parquet(path: Path, split: Split, labels: Any, groups: int = 5, **columns: Any) -> str:
    table = pa.table({"image": split.files, "label": labels} | columns)
    pq.write_table(table, path, row_group_size=groups)
    return str(path)


def imagefolder(root: Path) -> dict[str, Any]:
    for name, split in SPLITS.items():
        for index, (content, word) in enumerate(zip(split.files, split.words, strict=True)):
            (root / name / word).mkdir(parents=True, exist_ok=True)
            (root / name / word / f"{index:03}.png").write_bytes(content)
    return {"imagefolder": {"birds": str(root)}}


def npz(root: Path) -> dict[str, Any]:
    arrays = {f"x_{name}": split.pixels for name, split in SPLITS.items()}
    words = {f"y_{name}": np.array(split.words) for name, split in SPLITS.items()}
    np.savez_compressed(root / "birds.npz", **arrays, **words)
    pairs = {name: {"images": f"{root}/birds.npz:x_{name}", "labels": f"{root}/birds.npz:y_{name}"} for name in SPLITS}
    return {"arrays": {"birds": pairs}}


def npy(root: Path) -> dict[str, Any]:
    """Channels first, and labels (N, 1) of another type."""
    for name, split in SPLITS.items():
        np.save(root / f"{name}.npy", split.pixels.transpose(0, 3, 1, 2))
        np.save(root / f"{name}-labels.npy", split.labels.astype(np.uint8)[:, None])
    pairs = {name: {"images": f"{root}/{name}.npy", "labels": f"{root}/{name}-labels.npy"} for name in SPLITS}
    return {"arrays": {"birds": pairs | {"classes": CLASSES}}}


def tensors(root: Path) -> dict[str, Any]:
    held = {name: torch.from_numpy(split.pixels) for name, split in SPLITS.items()}
    held |= {f"{name} labels": torch.from_numpy(split.labels) for name, split in SPLITS.items()}
    torch.save(held, root / "birds.pt")
    pairs = {name: {"images": f"{root}/birds.pt:{name}", "labels": f"{root}/birds.pt:{name} labels"} for name in SPLITS}
    return {"arrays": {"birds": pairs | {"classes": CLASSES}}}


def parquet_bytes(root: Path) -> dict[str, Any]:
    """The images to train with in two files, and dictionary-encoded words as labels."""
    first, second = (Split(TRAIN.pixels[part], TRAIN.labels[part]) for part in (slice(7), slice(7, None)))
    for index, part in enumerate((first, second)):
        parquet(root / f"train-{index}.parquet", part, pa.array(part.words).dictionary_encode())
    val = parquet(root / "val.parquet", VAL, VAL.words)
    return {"parquet": {"birds": {"train": f"{root}/train-*.parquet", "val": val}}}


def parquet_of_hugging_face(root: Path) -> dict[str, Any]:
    """A struct of bytes and path, and ClassLabels, whose names are in the metadata."""
    feature = {"names": CLASSES, "_type": "ClassLabel"}
    about = {"huggingface": json.dumps({"info": {"features": {"species": feature}}})}
    for name, split in SPLITS.items():
        images = [{"bytes": content, "path": "x.png"} for content in split.files]
        table = pa.table({"photo": images, "species": split.labels})
        pq.write_table(table.replace_schema_metadata(about), root / f"{name}.parquet", row_group_size=4)
    files = {name: f"{root}/{name}.parquet" for name in SPLITS}
    return {"parquet": {"birds": files | {"image": "photo", "label": "species"}}}


def saved_by_hugging_face(root: Path) -> dict[str, Any]:
    from datasets import ClassLabel, Dataset, DatasetDict, Features
    from datasets import Image as Picture

    features = Features({"image": Picture(), "label": ClassLabel(names=CLASSES)})
    saved = {
        name: Dataset.from_dict(
            {"image": [{"bytes": content, "path": None} for content in split.files], "label": split.labels.tolist()},
            features=features,
        )
        for name, split in SPLITS.items()
    }
    DatasetDict(train=saved["train"], test=saved["val"]).save_to_disk(str(root / "birds"))
    return {"huggingface": {"birds": {"folder": str(root / "birds"), "val": "test"}}}


def toml(root: Path, tables: dict[str, Any]) -> Settings:
    """The settings of a worker whose file says this."""
    lines = []
    for kind, named in tables.items():
        lines.append(f"[{kind}]")
        lines += [f"{name} = {inline(value)}" for name, value in named.items()]
    (root / "datasets.toml").write_text("\n".join(lines))
    return Settings(datasets_file=root / "datasets.toml")


def inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {inline(item)}" for key, item in value.items()) + "}"
    return json.dumps(value)


def prepared(root: Path, tables: dict[str, Any], **how: Any) -> Prepared:
    described = own_datasets(toml(root, tables))["birds"]
    return prepare(root / "out", "birds", SIZE, lambda: bounded(described.source("birds", None), 64_000_000), **how)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    root = tmp_path_factory.mktemp("folder")
    return prepared(root, imagefolder(root / "birds"))


@pytest.mark.slow  # imports torchvision
@pytest.mark.parametrize("form", [npz, npy, tensors, parquet_bytes, parquet_of_hugging_face])
def test_the_same_images_have_the_same_hash_in_every_form(
    form: Callable[[Path], dict[str, Any]], expected: Prepared, tmp_path: Path
) -> None:
    found = prepared(tmp_path, form(tmp_path))
    assert found == expected
    assert (found.num_train, found.num_val, found.num_classes) == (12, 6, 3)


@pytest.mark.slow  # imports the library `datasets`
def test_what_hugging_faces_library_saved_has_the_same_hash_too(expected: Prepared, tmp_path: Path) -> None:
    assert prepared(tmp_path, saved_by_hugging_face(tmp_path)) == expected
    whole = {"folder": str(tmp_path / "birds" / "train"), "val_share": 0.25}
    (tmp_path / "cut").mkdir()
    cut = prepared(tmp_path / "cut", {"huggingface": {"birds": whole}})
    assert (cut.num_train, cut.num_val) == (9, 3)
    for change, problem in [
        ({"train": "training"}, "birds: there is no split 'training'; there are: train, test"),
        ({"label": "species"}, "train of birds: there is no column 'species'; there are: image, label"),
        ({"image": "label"}, "train of birds: the column 'label' holds int64; allowed: the bytes of image files"),
        ({"folder": str(tmp_path)}, "is no folder that save_to_disk wrote, or it is damaged"),
        ({"folder": "hf://datasets/mnist"}, "birds: hf:/datasets/mnist does not exist"),
    ]:
        described = {"folder": str(tmp_path / "birds"), "val": "test"} | change
        with pytest.raises(SourceError, match=problem):
            own_datasets(toml(tmp_path, {"huggingface": {"birds": described}}))["birds"].source("birds", None)


def test_gray_images_are_prepared_in_all_three_channels(tmp_path: Path) -> None:
    hashes = set()
    for index, shape in enumerate([(12, 16, 16), (12, 16, 16, 1), (12, 1, 16, 16)]):
        root = tmp_path / str(index)
        root.mkdir()
        np.savez(root / "gray.npz", x=TRAIN.pixels[:, :16, :16, 0].reshape(shape), y=TRAIN.labels)
        pair = {"images": f"{root}/gray.npz:x", "labels": f"{root}/gray.npz:y"}
        hashes.add(prepared(root, {"arrays": {"birds": {"train": pair, "val": pair}}}).hash)
        images = np.load(root / "out" / f"birds-{SIZE}" / "train_images.npy")
        assert np.array_equal(images, np.repeat(TRAIN.pixels[:, :16, :16, :1], 3, axis=3))
    assert len(hashes) == 1


@pytest.mark.slow  # imports torchvision
def test_a_share_of_each_class_validates_and_every_form_has_the_same_split(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    all_ = Split(rng.integers(0, 256, (100, 20, 24, 3), np.uint8), np.sort(rng.integers(0, 3, 100)))
    (tmp_path / "table").mkdir()
    file = parquet(tmp_path / "table" / "all.parquet", all_, all_.words, groups=30)
    np.savez(tmp_path / "all.npz", x=all_.pixels, y=np.array(all_.words))
    for index, (content, word) in enumerate(zip(all_.files, all_.words, strict=True)):
        (tmp_path / "folder" / word).mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / word / f"{index:03}.png").write_bytes(content)
    pair = {"images": f"{tmp_path}/all.npz:x", "labels": f"{tmp_path}/all.npz:y"}
    forms = {
        "parquet": {"train": file},
        "arrays": {"train": pair},
        "imagefolder": {"folder": str(tmp_path / "folder")},
    }
    found = []
    for kind, described in forms.items():
        for seed in (0, 1):
            root = tmp_path / kind / str(seed)
            root.mkdir(parents=True)
            found.append(prepared(root, {kind: {"birds": described | {"val_share": 0.2, "split_seed": seed}}}))
    assert len({one.hash for one in found}) == 2
    assert {one.hash for one in found[::2]} == {found[0].hash}
    labels = np.load(tmp_path / "arrays" / "0" / "out" / f"birds-{SIZE}" / "val_labels.npy")
    counts = np.bincount(all_.labels)
    assert np.bincount(labels).tolist() == [round(0.2 * count) for count in counts.tolist()]


@pytest.mark.slow
def test_a_prepare_that_was_stopped_goes_on_where_it_was_and_begins_anew_if_the_data_changed(tmp_path: Path) -> None:
    many = split_of(300, 5)
    file = parquet(tmp_path / "many.parquet", many, many.words, groups=70)
    tables = {"parquet": {"birds": {"train": file, "val": file}}}

    def stop(done: int, total: int) -> None:
        if 0 < done < total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prepared(tmp_path, tables, progress=stop)
    begun: list[int] = []
    prepared(tmp_path, tables, progress=lambda done, total: begun.append(done))
    assert begun[0] == 128
    assert np.array_equal(np.load(tmp_path / "out" / f"birds-{SIZE}" / "val_labels.npy"), many.labels)
    with pytest.raises(KeyboardInterrupt):
        prepared(tmp_path, tables, progress=stop, force=True)
    os.utime(file, (1, 1))
    begun.clear()
    prepared(tmp_path, tables, progress=lambda done, total: begun.append(done), force=True)
    assert begun[0] == 0


def test_rows_of_several_files_are_found_in_whatever_order_they_are_asked_for(tmp_path: Path) -> None:
    many = split_of(200, 6)
    parts = [slice(0, 90), slice(90, 91), slice(91, 200)]
    for index, part in enumerate(parts):
        parquet(tmp_path / f"{index}.parquet", Split(many.pixels[part], many.labels[part]), many.words[part], groups=80)
    table = ParquetTable([str(tmp_path / f"{index}.parquet") for index in range(3)], "image")
    assert len(table) == 200
    for rows in ([0, 1, 199], [5], [90], [70, 89, 90, 91, 150], [64], [63]):
        assert table.take(np.array(rows)) == [many.files[row] for row in rows]
    (tmp_path / "1.parquet").unlink()
    with pytest.raises(SourceError, match=r"1.parquet cannot be read after row 90"):
        table.take(np.array([0, 90]))


def test_a_row_that_is_no_image_is_named_and_can_be_left_out(tmp_path: Path) -> None:
    contents: list[bytes | None] = [*TRAIN.files]
    contents[3], contents[7] = None, b"no image"
    pq.write_table(pa.table({"image": contents, "label": TRAIN.words}), tmp_path / "birds.parquet")
    parquet(tmp_path / "val.parquet", VAL, VAL.words)
    tables = {"parquet": {"birds": {name: f"{tmp_path}/{file}.parquet" for name, file in NAMES.items()}}}
    with pytest.raises(PrepareError, match=r"(?s)2 images cannot .* row 3 of .*birds.parquet: the bytes .* row 7 of"):
        prepared(tmp_path, tables)
    assert prepared(tmp_path, tables, skip_broken=True).num_train == 10


NAMES = {"train": "birds", "val": "val"}


def test_an_image_in_a_table_or_an_array_is_bounded_as_one_in_a_file_is(tmp_path: Path) -> None:
    for root, form in ((tmp_path / "table", parquet_bytes), (tmp_path / "array", npy)):
        root.mkdir()
        described = own_datasets(toml(root, form(root)))["birds"]
        source = bounded(described.source("birds", None), 20 * 24 - 1)
        with pytest.raises(PrepareError, match=r"480, together more than 479 \(EVENKEEL_MAX|24 x 20 pixels, together"):
            prepare(root / "out", "birds", SIZE, lambda source=source: source)  # type: ignore[misc]
    assert Encoded(TRAIN.files, 20 * 24).render(0, 16).shape == (16, 16, 3)
