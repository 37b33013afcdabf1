"""How figures write cells and their levels."""

from summaries import summary_cell

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.levels import call_level, names_in_legend, series_names
from models.task import CLASSIFICATION


def cell(norm: str = "none", **levels: float) -> CellSummary:
    return summary_cell("yolo", norm, "he", [[0.1]], **levels)


def test_a_word_speaks_for_itself_and_a_number_does_not() -> None:
    assert call_level(CLASSIFICATION, "arch", "yolo") == "Tiny-YOLO"
    assert call_level(CLASSIFICATION, "lr", 1e-05) == "learning rate 1e-05"


def test_a_line_is_named_by_the_levels_that_tell_it_from_the_others_drawn() -> None:
    assert series_names(CLASSIFICATION, [cell(lr=1e-05, width=0.25), cell(lr=0.1, width=1.0)]) == [
        "He, width=0.25, lr=1e-05",
        "He, width=1, lr=0.1",
    ]
    assert series_names(CLASSIFICATION, [cell(lr=0.1), cell("batch", lr=0.1)]) == ["He", "He"]


def test_a_legend_over_all_cells_names_the_three_factors_too() -> None:
    assert names_in_legend(CLASSIFICATION, [cell(lr=0.1), cell("batch", lr=0.2)]) == [
        "yolo-none-he, lr=0.1",
        "yolo-batch-he, lr=0.2",
    ]


def test_cells_that_differ_in_many_factors_go_by_their_names() -> None:
    one = cell(lr=0.1, width=1.0, beta1=0.9, beta2=0.9)
    other = cell(lr=0.2, width=0.5, beta1=0.8, beta2=0.8)
    assert series_names(CLASSIFICATION, [one, other]) == [one.cell, other.cell]
    assert names_in_legend(CLASSIFICATION, [one, other]) == [one.cell, other.cell]
