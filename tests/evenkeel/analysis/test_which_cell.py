"""Finding the cell that a caller means."""

from dataclasses import replace

import pytest
from summaries import summary_cell

from evenkeel.analysis.facts import SameCell
from evenkeel.analysis.query import QueryError
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.which_cell import find_cell
from models.task import CLASSIFICATION

BATCH = summary_cell("yolo", "batch", "he", [[0.1]], lr=0.01)
NONE, FASTER = (summary_cell("yolo", "none", "he", [[0.1]], lr=lr) for lr in (0.01, 0.1))
CELLS = [BATCH, NONE, FASTER]


def found(said: str, cells: list[CellSummary] = CELLS) -> CellSummary:
    return find_cell(CLASSIFICATION, cells, said, "cell")


def refused(said: str, cells: list[CellSummary] = CELLS) -> str:
    with pytest.raises(QueryError) as error:
        found(said, cells)
    assert error.value.field == "cell"
    return error.value.problem


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_goes_by_its_name_its_hash_and_a_beginning_of_either(cell: CellSummary) -> None:
    for said in (cell.cell, cell.cell[:-2], cell.hash, cell.hash[:6], cell.hash[:4]):
        assert found(said) is cell


def test_a_cell_that_counts_as_another_has_the_results_of_that_one() -> None:
    same = SameCell("yolo-none-he-0c0ffe", "0c0ffe0123456789", {"momentum": 0.9})
    cells = [BATCH, replace(NONE, same_cells=[same])]
    for said in (same.cell, same.hash, same.hash[:4]):
        assert found(said, cells) is cells[1]
    assert found("yolo-none", cells) is cells[1]
    assert "there are: " in refused("yolo-none-he-0c0ffee", cells)


def test_the_levels_in_a_name_are_enough_where_no_other_cell_has_them() -> None:
    assert found("yolo-batch-he") is found("yolo-b") is BATCH


def test_a_name_means_the_same_cell_whatever_cells_stand_beside_it() -> None:
    assert found(NONE.cell, [NONE]) is found(NONE.cell, CELLS) is NONE


def test_a_beginning_that_fits_several_cells_is_refused_with_what_differs_between_them() -> None:
    assert refused("yolo-none-he") == (
        f"'yolo-none-he' fits 2 cells; give the name or hash of one: {NONE.cell} (lr 0.01), {FASTER.cell} (lr 0.1)"
    )
    assert refused("yolo").startswith("'yolo' fits 3 cells")


def test_three_digits_of_a_hash_are_too_few() -> None:
    assert refused(NONE.hash[:3]).startswith(f"there is no cell '{NONE.hash[:3]}'")


def test_a_cell_that_is_not_there_is_refused_with_those_that_are() -> None:
    assert refused("vgg") == f"there is no cell 'vgg'; there are: {', '.join(cell.cell for cell in CELLS)}"
    assert refused("vgg", []) == "there is no cell 'vgg'; there are: none yet"


def test_of_many_cells_twenty_are_named() -> None:
    many = [summary_cell("yolo", "none", "he", [[0.1]], lr=step) for step in range(1, 26)]
    for said in ("vgg", "yolo"):
        problem = refused(said, many)
        assert problem.endswith(" and 5 more")
        assert problem.count("yolo-none-he-") == 20


def test_a_whole_match_goes_before_a_beginning_and_whole_levels_before_half_of_one() -> None:
    longer = replace(NONE, cell=f"{BATCH.cell}b", hash=f"{BATCH.hash}b")
    assert found(BATCH.cell, [longer, BATCH]) is found(BATCH.hash, [longer, BATCH]) is BATCH
    tenth, more = replace(NONE, cell="mlp-0.1-aaaaaa"), replace(FASTER, cell="mlp-0.15-bbbbbb")
    assert found("mlp-0.1", [more, tenth]) is tenth
    assert found("mlp-0.15", [more, tenth]) is more


def test_cells_whose_names_are_the_same_are_told_apart_by_their_hashes() -> None:
    twin = replace(FASTER, cell=NONE.cell)
    problem = refused(NONE.cell, [NONE, twin])
    assert f"hash {NONE.hash}" in problem
    assert f"hash {FASTER.hash}" in problem
    assert found(FASTER.hash, [NONE, twin]) is twin
