"""A dataset is found inside a folder if its place is clear. If not, the error lists needed and existing files."""

import sys
from pathlib import Path

import pytest

from models.datasets import BUNDLED, Dataset
from trainer.classification.datasets.layouts import IMAGE_FOLDER, LAYOUTS, Layout, SourceError, find_home
from trainer.classification.datasets.published import READERS, torchvision_source
from trainer.classification.datasets.sources import Source, image_folder_source

pytestmark = pytest.mark.slow

EVERY_LAYOUT = {**{str(name): layout for name, layout in LAYOUTS.items()}, "birds": IMAGE_FOLDER}


def lay(layout: Layout, home: Path) -> Path:
    """Make empty files with the names of a dataset's files."""
    for name in layout.files:
        path = home / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    return home


def read(name: str, folder: Path) -> Source:
    return image_folder_source(name, folder) if name == "birds" else torchvision_source(Dataset(name), folder)


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("torch", "torchvision", "torchvision.datasets"):
        monkeypatch.setitem(sys.modules, module, None)


def test_every_dataset_that_has_files_has_a_layout() -> None:
    assert set(LAYOUTS) == set(READERS) == set(Dataset) - BUNDLED


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize("name", EVERY_LAYOUT)
def test_a_wrong_folder_is_told_without_torch_with_the_files_that_are_looked_for(name: str, tmp_path: Path) -> None:
    empty, wrong, file = tmp_path / "empty", tmp_path / "wrong", tmp_path / "file"
    (wrong / "holiday").mkdir(parents=True)
    (wrong / "a.txt").touch()
    empty.mkdir()
    file.touch()
    for folder, problem in [
        (tmp_path / "none", f"{name}: {tmp_path}/none does not exist"),
        (file, f"{name}: {file} is a file, not a folder"),
        (empty, f"{EVERY_LAYOUT[name]}. {empty} is empty"),
        (wrong, f"{name}: {wrong} and the folders in it hold none of its files: {EVERY_LAYOUT[name]}. "),
        (wrong, f"{wrong} holds: a.txt, holiday/"),
    ]:
        with pytest.raises(SourceError) as refused:
            read(name, folder)
        assert problem in str(refused.value)


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize("name", EVERY_LAYOUT)
def test_what_is_missing_of_a_dataset_is_named(name: str, tmp_path: Path) -> None:
    layout = EVERY_LAYOUT[name]
    last = lay(layout, tmp_path / "data") / layout.files[-1]
    last.rmdir() if last.is_dir() else last.unlink()
    with pytest.raises(SourceError) as refused:
        read(name, tmp_path)
    expected = f"{name}: not all of its files are in {tmp_path}/data. Missing there: {layout.files[-1]}"
    assert str(refused.value) == expected


@pytest.mark.parametrize("name", EVERY_LAYOUT)
def test_a_dataset_is_found_in_a_folder_one_level_too_high_and_in_a_part_of_it(name: str, tmp_path: Path) -> None:
    layout = EVERY_LAYOUT[name]
    home = lay(layout, tmp_path / "downloads" / (layout.base or "mine"))
    parts = {home / file.partition("/")[0] for file in layout.files if "/" in file}
    for folder in (home, home.parent, tmp_path / "downloads", *([tmp_path] if layout.base else []), *parts):
        assert find_home(name, layout, folder) == home, folder


def test_a_folder_that_holds_a_dataset_twice_is_refused_and_both_places_are_named(tmp_path: Path) -> None:
    layout = LAYOUTS[Dataset.SVHN]
    homes = [lay(layout, tmp_path / name) for name in ("one", "two")]
    with pytest.raises(SourceError, match=rf"2 folders in {tmp_path} hold its files: {homes[0]}, {homes[1]}\. Name"):
        find_home("svhn", layout, tmp_path)
    assert find_home("svhn", layout, homes[1]) == homes[1]


def test_a_folder_beside_a_dataset_is_not_taken_for_a_part_of_it(tmp_path: Path) -> None:
    lay(LAYOUTS[Dataset.SVHN], tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=f"{tmp_path}/empty is empty"):
        find_home("svhn", LAYOUTS[Dataset.SVHN], tmp_path / "empty")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["cifar10", "cifar100", "svhn"])
def test_files_of_another_content_are_said_to_have_another_checksum(name: str, tmp_path: Path) -> None:
    home = lay(EVERY_LAYOUT[name], tmp_path / "data")
    with pytest.raises(SourceError) as refused:
        read(name, tmp_path)
    why = "a checksum is not the published one"
    assert str(refused.value) == f"{name}: its files are in {home}, but they are incomplete or damaged: {why}"


@pytest.mark.parametrize("name", ["food101", "fashion_mnist", "oxford_pets"])
def test_files_without_content_are_said_not_to_be_whole(name: str, tmp_path: Path) -> None:
    home = lay(EVERY_LAYOUT[name], tmp_path / "data")
    with pytest.raises(SourceError, match=rf"^{name}: (its files are in {home}, but they are|no (training )?images)"):
        read(name, tmp_path)
