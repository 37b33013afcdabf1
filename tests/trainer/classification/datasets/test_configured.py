"""The worker's file of datasets is read strictly: an error names the file, the field, and what is allowed."""

import pickle
import re
import tomllib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

from evenkeel.settings import Settings
from trainer.classification.datasets.configured import own_datasets
from trainer.classification.datasets.described import DatasetsFile
from trainer.classification.datasets.layouts import SourceError


def settings(root: Path, text: str) -> Settings:
    (root / "datasets.toml").write_text(text.replace("ROOT", str(root)))
    return Settings(datasets_file=root / "datasets.toml")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[imagefolder]\n"../../../tmp/x" = "/data"', r"imagefolder: '../../../tmp/x' cannot be .*\^\[A-Za-z0-9\]"),
        ('[imagefolder]\n"/etc/x" = "/data"', "imagefolder: '/etc/x' cannot be the name of a dataset"),
        ('[imagefolder]\n"a\\n" = "/data"', r"imagefolder: 'a\\n' cannot be the name"),
        ('[parquet]\n"../x" = {train = "a", val = "b"}', "parquet: '../x' cannot be the name of a dataset"),
        ('[imagefolder]\nbirds = ["/data"]', "imagefolder.birds: must be the path of a folder, in quotes, or a table"),
        ("imagefolder = 3", r"imagefolder must be a table"),
        ('[imagefolder]\ncifar10 = "/data"', "these names belong to built-in datasets: cifar10"),
        ('[imagefolder]\na = "/d"\n[parquet]\na = {train = "a", val = "b"}', "'a' is the name of two datasets"),
        ("[csv.birds]\nfile = 'a'", "'csv' is not known; allowed: imagefolder, arrays, parquet, huggingface"),
        (
            "[parquet.birds]\ntrain = 'a'\nval = 'b'\nimages = 'photo'",
            "parquet.birds: 'images' is not known; allowed: val_share, split_seed, train, val, image, label, classes",
        ),
        ("[parquet.birds]\nval = 'b'", "parquet.birds.train is missing"),
        ("[parquet.birds]\ntrain = 'a'", "parquet.birds: give either val or val_share"),
        ("[parquet.birds]\ntrain = 'a'\nval = 'b'\nval_share = 0.1", "parquet.birds: give either val or val_share"),
        ("[parquet.birds]\ntrain = 'a'\nval_share = 1.0", "parquet.birds.val_share: Input should be less than 1"),
        ("[huggingface.birds]\ntrain = 'a'\nval = 'b'", "huggingface.birds.folder is missing"),
        ("[arrays.birds]\nval_share = 0.1\ntrain = {images = 'x.npy'}", "arrays.birds.train.labels is missing"),
        ("[arrays.birds]\nval_share = 0.1\ntrain = 'x.npz'", "arrays.birds.train must be a table"),
        ("[parquet", "EVENKEEL_DATASETS_FILE=.*datasets.toml: Expected"),
    ],
)
def test_what_the_file_may_not_say_is_named(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=problem):
        own_datasets(settings(tmp_path, text))


def test_the_file_is_still_read_under_its_earlier_name(tmp_path: Path) -> None:
    (tmp_path / "folders.toml").write_text("[imagefolder]\nbirds = '/data/birds'\n")
    earlier = Settings(image_folders_file=tmp_path / "folders.toml")
    assert list(own_datasets(earlier)) == ["birds"]
    both = earlier.model_copy(update={"datasets_file": tmp_path / "nothing.toml"})
    with pytest.raises(SourceError, match=r"EVENKEEL_DATASETS_FILE=.*nothing.toml: .* No such file"):
        own_datasets(both)
    assert own_datasets(Settings()) == {}


def test_what_the_page_shows_may_be_said() -> None:
    page = (Path(__file__).parents[4] / "docs" / "data.md").read_text()
    [shown] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    found = {kind: name for kind, name, _ in DatasetsFile.model_validate(tomllib.loads(shown)).all()}
    assert list(found) == list(DatasetsFile.model_fields)


PAIR = "[arrays.birds]\nval_share = 0.5\ntrain = {{images = 'ROOT/{}', labels = 'ROOT/{}'}}"
TABLE = "[parquet.birds]\nval_share = 0.5\ntrain = 'ROOT/{}'"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Files that can be read, and some that cannot be used."""
    images, labels = np.zeros((4, 8, 8, 3), np.uint8), np.array([0, 1, 0, 1])
    np.savez(tmp_path / "good.npz", x=images, y=labels, floats=images / 255, hot=np.eye(4), few=labels[:3])
    np.savez(tmp_path / "objects.npz", x=np.array([{}, {}, {}, {}], object))
    np.save(tmp_path / "flat.npy", images.reshape(4, -1))
    (tmp_path / "pickled.npy").write_bytes(pickle.dumps(images))
    torch.save(Settings, tmp_path / "code.pt")
    torch.save({"x": torch.zeros(4, 8, 8, 3, dtype=torch.uint8), "y": [0, 1, 0, 1]}, tmp_path / "some.pt")
    (tmp_path / "text.parquet").write_text("no table")
    pq.write_table(pa.table({"image": ["a.png"] * 2, "label": [0, 1]}), tmp_path / "paths.parquet")
    pq.write_table(pa.table({"image": [b"x"] * 2, "label": [0, None]}), tmp_path / "unlabelled.parquet")
    pq.write_table(pa.table({"image": [b"x"] * 2, "label": [0.5, 1.5]}), tmp_path / "floats.parquet")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PAIR.format("none.npz:x", "good.npz:y"), "train of birds: images: .*none.npz does not exist"),
        (PAIR.format("good.csv", "good.npz:y"), "good.csv' names no array; allowed: 'x.npy', 'x.npz:images'"),
        (PAIR.format("good.npz:images", "good.npz:y"), "there is no 'images' in it; it holds: x, y, floats, hot, few"),
        (PAIR.format("good.npz", "good.npz:y"), "name one of its arrays after a colon; it holds: x, y"),
        (PAIR.format("flat.npy:x", "good.npz:y"), "an .npy file holds one array without a name, not 'x'"),
        (PAIR.format("good.npz:floats", "good.npz:y"), "images: are float64; allowed: uint8, from 0 to 255"),
        (PAIR.format("flat.npy", "good.npz:y"), r"images: have the shape \(4, 192\); allowed: \(N, H, W\), "),
        (PAIR.format("good.npz:x", "good.npz:hot"), r"the labels are float64 \(4, 4\); allowed: whole numbers or w"),
        (PAIR.format("good.npz:x", "good.npz:few"), "train of birds: 4 images, but 3 labels"),
        (PAIR.format("objects.npz:x", "good.npz:y"), "objects.npz cannot be read: it holds Python objects; allowed: "),
        (
            PAIR.format("pickled.npy", "good.npz:y"),
            "pickled.npy cannot be read: it holds Python objects; allowed: numbers ",
        ),
        (PAIR.format("code.pt", "good.npz:y"), "code.pt cannot be read: only a tensor, or a dict of tensors"),
        (PAIR.format("some.pt:y", "good.npz:y"), "some.pt cannot be read: it holds a list; allowed: a tensor"),
        (PAIR.format("good.npz:x", "good.npz:y") + "\nclasses = ['a']", "label of image 1 is 1; allowed: 0 to 0"),
        (TABLE.format("none-*.parquet"), r"train of birds: no file is named .*none-\*.parquet"),
        (TABLE.format("text.parquet"), "train of birds: .*text.parquet cannot be read: .*[Pp]arquet"),
        (TABLE.format("paths.parquet"), "the column 'image' holds string; allowed: the bytes of image files"),
        (TABLE.format("paths.parquet") + "\nlabel = 'y'", "there is no column 'y'; there are: image, label"),
        (TABLE.format("unlabelled.parquet"), "the label of row 1 is missing"),
        (TABLE.format("floats.parquet"), "the labels are double; allowed: whole numbers or words"),
        ("[imagefolder]\nbirds = {folder = 'ROOT/none', val_share = 0.5}", "birds: .*none does not exist"),
        ("[imagefolder]\nbirds = {folder = 'ROOT', val_share = 0.5}", "there are no class folders in .*; expected: "),
    ],
)
def test_data_that_cannot_be_used_are_named_with_what_is_allowed(text: str, problem: str, files: Path) -> None:
    described = own_datasets(settings(files, text))["birds"]
    with pytest.raises(SourceError, match=problem):
        described.source("birds", None)
