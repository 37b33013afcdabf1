"""Tables for people say what the tests allow, and no more."""

from summaries import summary_cell

from evenkeel.analysis.compare import compare
from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.summary import CellSummary
from evenkeel.reports.sheets import comparisons_sheet, effects_sheet, summary_sheet
from models.task import CLASSIFICATION

ACCURACY = CLASSIFICATION.metric("train_accuracy")


def cell(norm: str, low: float, seeds: int = 6, **more: object) -> CellSummary:
    curves = [[0.1, low + seed / 100] for seed in range(seeds)]
    return summary_cell("yolo", norm, "he", curves, more.get("outcomes"), width=0.25)  # type: ignore[arg-type]


CELLS = [cell("batch", 0.9), cell("none", 0.5, outcomes={0: 2, 1: "collapsed"})]


def test_the_summary_has_the_factors_that_vary_the_lost_runs_and_the_mean_with_its_interval() -> None:
    found = summary_sheet(CLASSIFICATION, CELLS, ACCURACY)
    assert found.headings == ["norm", "lost", "final training accuracy", "std", "band width"]
    assert [row[:2] for row in found.rows] == [["batch", "0/6"], ["none", "2/6"]]
    assert found.rows[0][2].startswith("0.925 (0.8")
    assert found.words == 1


def test_the_best_cell_is_bold_only_if_it_is_shown_to_be_the_best() -> None:
    assert summary_sheet(CLASSIFICATION, CELLS, ACCURACY).bold == {(0, 2)}
    near = [cell("batch", 0.9), cell("none", 0.89)]
    assert summary_sheet(CLASSIFICATION, near, ACCURACY).bold == frozenset()
    training = [CELLS[0], cell("none", 0.5, outcomes={0: None})]
    assert summary_sheet(CLASSIFICATION, training, ACCURACY).bold == frozenset()


def test_an_effect_is_bold_only_if_its_p_shows_it() -> None:
    found = which_mattered(CLASSIFICATION, CELLS, ACCURACY, None)
    sheet = effects_sheet(CLASSIFICATION, found)
    shown = {row for row, _ in sheet.bold}
    terms = [*found.responses.final.terms, *found.responses.spread.terms, *found.responses.divergence.terms]
    assert shown == {row for row, term in enumerate(terms) if term.matters}
    assert shown
    assert sheet.rows[0][:3] == ["final value", "norm", "none v batch"]


def test_a_comparison_is_bold_only_if_it_shows_a_difference() -> None:
    for others, bold in (([CELLS[1]], {(0, 3)}), ([cell("none", 0.89)], set())):
        cells = [CELLS[0], *others]
        found = comparisons_sheet(CLASSIFICATION, compare(CLASSIFICATION, cells, cells[0].cell, [], ACCURACY, None))
        assert found.bold == bold
        assert found.rows[0][:2] == [cells[0].cell, cells[1].cell]


def test_cells_that_differ_in_nothing_are_named() -> None:
    assert summary_sheet(CLASSIFICATION, CELLS[:1], ACCURACY).rows[0][0] == CELLS[0].cell
