"""The names for a cell that cannot be read, beside cells that can."""

import pytest

from evenkeel.grids.which_cell import NamedCell, NoSuchCell, SeveralCells, pick_cell
from models.task import CLASSIFICATION

READ = NamedCell("yolo-none-he-3fa9c1", "3fa9c1aaaaaaaaaa", {"arch": "yolo", "norm": "none", "init": "he", "lr": 0.1})
UNREAD = NamedCell("3fa9c1bbbbbbbbbb", "3fa9c1bbbbbbbbbb", {"lr": "cyclic"})
CELLS = [READ, UNREAD]


def test_a_cell_that_cannot_be_read_goes_by_its_hash_and_four_digits_of_it() -> None:
    for said in (UNREAD.hash, "3fa9c1b"):
        assert pick_cell(CLASSIFICATION, CELLS, said) is UNREAD
    assert pick_cell(None, [UNREAD], "3fa9") is UNREAD
    with pytest.raises(NoSuchCell):
        pick_cell(None, [UNREAD], "3fa")


def test_digits_that_begin_both_hashes_are_refused_with_both_cells() -> None:
    with pytest.raises(SeveralCells, match=r"'3fa9c1' fits 2 cells; give the name or hash of one: yolo-none-he-3fa9c1"):
        pick_cell(CLASSIFICATION, CELLS, "3fa9c1")
    with pytest.raises(SeveralCells, match=r"3fa9c1bbbbbbbbbb \(cannot be read\)$"):
        pick_cell(None, CELLS, "3fa9c1")


def test_where_none_fits_those_that_there_are_are_listed_with_those_that_cannot_be_read() -> None:
    with pytest.raises(NoSuchCell) as error:
        pick_cell(CLASSIFICATION, CELLS, "vgg")
    assert str(error.value) == (
        "there is no cell 'vgg'; there are: yolo-none-he-3fa9c1, 3fa9c1bbbbbbbbbb (cannot be read)"
    )
