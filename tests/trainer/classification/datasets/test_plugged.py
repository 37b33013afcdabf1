"""A dataset that an installed package brings is prepared as any other, or what is wrong with it is said."""

from pathlib import Path

import numpy as np
import pytest
from packages import install

from evenkeel.settings import Settings
from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.named import find_source, known_names
from trainer.classification.datasets.prepare import prepare

pytestmark = pytest.mark.slow

CODE = """
import numpy as np

def leaves(image_size):
    images = np.arange(6 * image_size**2, dtype=np.uint32).reshape(6, image_size, image_size).astype(np.uint8)
    return {"train": (images[:4], ["oak", "elm", "oak", "elm"]), "val": (images[4:], np.array(["elm", "oak"]))}

def named():
    images = np.zeros((2, 9, 9, 3), np.uint8)
    return {"train": (images, [0, 1]), "val": (images, [1, 1]), "classes": ["no", "yes"]}

def breaks():
    raise OSError("the disk is gone")

def listed():
    return [1, 2]

def half():
    return {"train": (np.zeros((2, 8, 8), np.uint8), [0, 1])}

def floats():
    return {"train": (np.zeros((2, 8, 8)), [0, 1]), "val": (np.zeros((2, 8, 8)), [0, 1])}
"""
NAMES = ("leaves", "named", "breaks", "listed", "half", "floats", "gone", "cifar10")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    entries = {name: f"lab_data:{name}" for name in NAMES}
    install(tmp_path / "site", "lab-data", {"lab_data.py": CODE}, {"evenkeel.datasets": entries})
    monkeypatch.syspath_prepend(tmp_path / "site")
    return Settings(datasets_dir=tmp_path / "out")


@pytest.mark.parametrize(("name", "classes"), [("leaves", 2), ("named", 2)])
def test_a_function_that_returns_arrays_is_a_dataset(settings: Settings, name: str, classes: int) -> None:
    assert name in known_names(settings)
    made = prepare(settings.datasets_dir, name, 16, find_source(settings, name, 16, None))
    assert (made.name, made.num_classes, made.num_val) == (name, classes, 2)
    images = np.load(settings.datasets_dir / f"{name}-16" / "train_images.npy")
    assert images.shape[1:] == (16, 16, 3)
    assert (images == images[..., :1]).all()
    if name == "leaves":
        assert images[0, ..., 0].ravel().tolist() == list(range(256))


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("breaks", "breaks: lab_data:breaks of lab-data==0.1.0 fails: OSError: the disk is gone"),
        ("gone", "gone: lab_data:gone of lab-data==0.1.0 fails: AttributeError: "),
        ("listed", r"listed: lab_data:listed of lab-data==0.1.0 returns list; allowed: \{'train': \(images, labels\)"),
        ("half", "half: lab_data:half of lab-data==0.1.0 returns a mapping with 'train'; allowed: "),
        ("floats", "train of floats: images: are float64; allowed: uint8, from 0 to 255"),
        ("nothing", "there is no dataset 'nothing'; there are: food101, .*leaves"),
    ],
)
def test_a_dataset_of_a_package_that_cannot_be_used_is_named(settings: Settings, name: str, problem: str) -> None:
    with pytest.raises(SourceError, match=problem):
        find_source(settings, name, 16, None)()


def test_a_published_dataset_and_one_of_the_workers_own_come_before_one_of_a_package(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "datasets.toml").write_text("[imagefolder]\nleaves = '/nowhere'\n")
    own = settings.model_copy(update={"datasets_file": tmp_path / "datasets.toml"})
    for name, problem in [("leaves", "/nowhere does not exist"), ("cifar10", f"cifar10: {tmp_path}/x does not exist")]:
        with pytest.raises(SourceError, match=problem):
            find_source(own, name, 16, None if name == "leaves" else tmp_path / "x")()
    assert known_names(own).count("leaves") == 1


def test_no_package_is_looked_at_where_none_is_allowed(settings: Settings) -> None:
    for allowed in ("none", "other-data"):
        assert "leaves" not in known_names(settings.model_copy(update={"plugins": allowed}))


def test_a_folder_in_the_place_of_what_is_none_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "datasets.toml").write_text("[parquet.birds]\ntrain = 'a.parquet'\nval_share = 0.1\n")
    own = settings.model_copy(update={"datasets_file": tmp_path / "datasets.toml"})
    for name, problem in [("birds", "birds is not a folder"), ("leaves", "leaves comes from lab-data==0.1.0")]:
        with pytest.raises(SourceError, match=f"--from {tmp_path}: {problem}"):
            find_source(own, name, 16, tmp_path)
