"""A worker finds the datasets that are complete on its machine, whatever else is in the folder."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from evenkeel.plugins import Prepared
from trainer.prepared import FORMAT, MANIFEST, folder_of, list_prepared, read_manifest

BIRDS = Prepared("birds", 32, 7, 70, 14, "0123456789abcdef")


def put(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_text(text)


def manifest(dataset: Prepared = BIRDS, form: int = FORMAT) -> str:
    return json.dumps({"format": form, "dataset": asdict(dataset)})


def test_everything_whole_is_listed_by_name(tmp_path: Path) -> None:
    cats = Prepared("cats", 8, 2, 20, 4, "f" * 16)
    for dataset in (cats, BIRDS):
        put(folder_of(tmp_path, dataset.name, dataset.image_size), manifest(dataset))
    assert list_prepared(tmp_path) == [BIRDS, cats]


def test_where_nothing_was_prepared_nothing_is_listed(tmp_path: Path) -> None:
    assert list_prepared(tmp_path / "none") == []


@pytest.mark.parametrize(
    ("folder", "text"),
    [("birds-32.partial", manifest()), ("birds-32", manifest(form=FORMAT + 1)), ("birds-32", '{"format": 1, "data')],
)
def test_what_is_not_whole_or_of_another_format_is_left_out(folder: str, text: str, tmp_path: Path) -> None:
    put(tmp_path / folder, text)
    assert list_prepared(tmp_path) == []


def test_a_folder_without_a_manifest_has_none(tmp_path: Path) -> None:
    assert read_manifest(tmp_path) is None
