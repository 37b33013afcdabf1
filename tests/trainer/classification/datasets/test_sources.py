"""A source that would train something else than what is meant is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.sources import image_folder_source


def test_an_empty_class_and_classes_that_differ_are_refused_by_name(
    image_folder: Callable[[Path, dict[str, int]], Path], tmp_path: Path
) -> None:
    folder = image_folder(tmp_path / "a", {"one": 2, "two": 2})
    (folder / "train" / "three").mkdir()
    with pytest.raises(SourceError, match="in only one of train/ and val/: three"):
        image_folder_source("birds", folder)
    (folder / "val" / "three").mkdir()
    with pytest.raises(SourceError, match="no training images of: three"):
        image_folder_source("birds", folder)


def test_a_folder_without_classes_is_refused_and_says_where_they_belong(tmp_path: Path) -> None:
    for split in ("train", "val"):
        (tmp_path / split).mkdir()
    (tmp_path / "train" / "one").mkdir()
    with pytest.raises(
        SourceError, match=rf"there are no class folders in {tmp_path}/val; expected: {tmp_path}/train/CLASS/ and"
    ):
        image_folder_source("birds", tmp_path)
