"""A source gives the same images everywhere. One that would train something else than what is meant is refused."""

import hashlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from trainer.classification.datasets.layouts import SourceError
from trainer.classification.datasets.sources import digits_source, enlarge, image_folder_source


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


def interpolated(digit: list[list[int]], size: int, row: int, column: int) -> Fraction:
    """The pixel of the resized image, exactly: bilinear, with `align_corners=False`, times 255 / 16."""
    side = len(digit)

    def at(place: int) -> list[tuple[int, Fraction]]:
        where = max(Fraction(0), (place + Fraction(1, 2)) * side / size - Fraction(1, 2))
        before = int(where)
        return [(before, 1 - (where - before)), (min(before + 1, side - 1), where - before)]

    parts = (weight * other * digit[y][x] for y, weight in at(row) for x, other in at(column))
    return sum(parts, Fraction(0)) * 255 / 16


@pytest.mark.parametrize("size", [8, 9, 24, 37, 512])
def test_digits_are_resized_exactly(size: int) -> None:
    digit = np.random.default_rng(0).integers(0, 17, (8, 8))
    resized = enlarge(digit, size)
    assert (resized.shape, resized.dtype) == ((size, size), np.uint8)
    for row, column in np.random.default_rng(1).integers(0, size, (100, 2)).tolist():
        exact = interpolated(digit.tolist(), size, row, column)
        assert resized[row, column] == int(exact + Fraction(1, 2))


# The bytes of 16 and 32 pixels are those of every version so far, on every processor that was tried.
DIGITS = {16: "51023f9d17ea8b6e", 24: "8e2e23d441424ef9", 32: "b7b66aa163279e1f"}


@pytest.mark.parametrize("size", DIGITS)
def test_the_digits_have_the_same_bytes_everywhere(size: int) -> None:
    source, digest = digits_source(size), hashlib.sha256()
    for images in (source.train, source.val):
        for index in range(len(images)):
            digest.update(images.render(index, size).tobytes())
    assert digest.hexdigest()[:16] == DIGITS[size]
