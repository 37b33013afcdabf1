"""The cells of an experiment, and the one that a user means."""

import pytest
from records import make_cell, make_unreadable

from evenkeel.grids.which_cell import NoSuchCell, SeveralCells
from evenkeel.lab.cells import KnownCell, find_cell, list_cells
from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import NoSuchExperiment
from evenkeel.records.left_out import LeftOut


def test_the_cells_of_an_experiment_are_listed_in_the_order_of_their_levels(lab: Lab) -> None:
    lab.store.grids.ensure("exp", [make_cell(arch="resnet")], [0])
    gone = make_unreadable(lab.store, make_cell(), lr="cyclic")
    known, left_out = list_cells(lab, "exp")
    assert [each.cell for each in known] == [make_cell(norm="batch").name, make_cell(arch="resnet").name]
    assert [each.hash for each in left_out] == [gone]
    with pytest.raises(NoSuchExperiment):
        list_cells(lab, "none")


def test_a_cell_is_found_by_its_name_its_hash_or_the_beginning_of_one(lab: Lab) -> None:
    cell = make_cell(norm="batch")
    for said in (cell.name, cell.hash, cell.hash[:5], "yolo-batch"):
        found = find_cell(lab, "exp", said)
        assert isinstance(found, KnownCell)
        assert (found.hash, found.levels) == (cell.hash, cell.levels)
    with pytest.raises(SeveralCells):
        find_cell(lab, "exp", "yolo")
    with pytest.raises(NoSuchCell):
        find_cell(lab, "exp", "resnet")


def test_a_cell_that_cannot_be_read_is_found_by_its_hash(lab: Lab) -> None:
    gone = make_unreadable(lab.store, make_cell(), lr="cyclic")
    found = find_cell(lab, "exp", gone)
    assert isinstance(found, LeftOut)
    assert (found.hash, found.field) == (gone, "lr")
