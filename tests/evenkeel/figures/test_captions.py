"""The caption of a figure of bands."""

import pytest
from summaries import posted_twice, summary_cell

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.captions import caption_of, evidence_of, notes_on
from evenkeel.figures.traces import Drawn
from models.task import CLASSIFICATION

CURVES = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.1, 0.4, 0.7]]
THREE = summary_cell("yolo", "none", "he", CURVES)


def caption(cells: list[CellSummary], metric: str = "train_accuracy", band: Drawn = "survivors") -> str:
    return caption_of(cells, CLASSIFICATION.metric(metric), band).full


def short(cells: list[CellSummary], band: Drawn = "survivors") -> str:
    return caption_of(cells, CLASSIFICATION.metric("train_accuracy"), band).short


def test_the_evidence_is_how_many_seeds_survive_and_what_became_of_the_others() -> None:
    assert evidence_of(THREE) == "n = 3"
    diverged = summary_cell("yolo", "none", "he", [*CURVES[:2], [0.1]], {2: 2})
    assert evidence_of(diverged) == "n = 2\N{EN DASH}3, 1 diverged"
    going = summary_cell("yolo", "none", "he", [*CURVES[:2], [0.1]], {2: 2}, queued=1)
    assert evidence_of(going) == "n = 2\N{EN DASH}3, 1 diverged so far"
    assert evidence_of(posted_twice(diverged)) == evidence_of(diverged)
    assert evidence_of(summary_cell("yolo", "none", "he", CURVES, {1: "collapsed"})) == "n = 3, 1 collapsed"
    assert evidence_of(summary_cell("yolo", "none", "he", [], epochs=3)) == "n = 0"


@pytest.mark.parametrize(("seeds", "chance"), [(3, "50 %"), (5, "67 %"), (19, "90 %")])
def test_the_caption_says_how_likely_the_next_seed_is_inside(seeds: int, chance: str) -> None:
    cell = summary_cell("yolo", "none", "he", [CURVES[0]] * seeds)
    said = caption([cell])
    assert "At any one epoch, the next seed falls inside with probability (n-1)/(n+1), if it survives. " in said
    assert f", if it survives. This is {chance} for the fewest seeds, n = {seeds}." in said


def test_of_several_n_the_caption_has_the_smallest() -> None:
    five = summary_cell("yolo", "none", "glorot", [CURVES[0]] * 5)
    said = caption([five, THREE])
    assert "50 % for the fewest seeds, n = 3." in said
    assert "Evidence: descriptive (n = 3 at least): you see what these seeds did" in said
    assert said.endswith(
        "With 5 seeds there is more to say: evenkeel add-seeds adds the missing 2. Tests then need a smaller p."
    )


def test_where_a_seed_diverged_the_caption_has_the_survivors_that_are_left() -> None:
    diverged = summary_cell("yolo", "none", "he", [*CURVES[:2], [0.1]], {2: 2})
    assert diverged.evidence.n == 3
    assert "33 % for the fewest seeds, n = 2." in caption([THREE, diverged])
    assert "50 % for the fewest seeds, n = 3." in caption([THREE, diverged], band="all")


def test_where_no_seed_has_a_value_nothing_is_said_of_the_next_one() -> None:
    said = caption([summary_cell("yolo", "none", "he", [[float("nan")] * 3] * 3)])
    assert "Band: lowest to highest seed. Thin lines: each seed." in said


def test_a_cell_of_traces_takes_no_part_in_what_is_said_of_bands() -> None:
    two = summary_cell("yolo", "none", "glorot", CURVES[:2])
    said = caption([two, THREE])
    assert "50 % for the fewest seeds, n = 3." in said
    assert "Evidence: traces (n = 2 at least)" in said


def test_where_there_is_no_band_none_is_explained() -> None:
    said = caption([summary_cell("yolo", "none", "he", CURVES[:2])])
    assert said.startswith("Thin lines: each seed. Evidence: traces (n = 2): only each seed's curve is shown")


def test_a_cross_and_a_hatched_band_are_explained_where_there_are_some() -> None:
    diverged = summary_cell("yolo", "none", "he", [*CURVES, [0.1]], {3: 2})
    said = caption([diverged])
    assert "with a cross where it diverged" in said
    assert "Hatched in grey: fewer seeds than started" in said
    plain = caption([THREE])
    assert "cross" not in plain
    assert "Hatched" not in plain


def test_what_the_levels_of_the_drawn_cells_do_not_say_follows_the_caption() -> None:
    bare, again = (summary_cell("resnet", "none", init, CURVES) for init in ("he", "glorot"))
    without = summary_cell("resnet", "none", "he", CURVES, stem_norm="none")
    said = notes_on(CLASSIFICATION, [THREE, bare, again, without])
    assert said.startswith(" Norm none keeps batch norm in the stem of resnet, as in the ResNet26 of McInroe 2020")
    assert said.count("stem of resnet") == 1
    assert notes_on(CLASSIFICATION, [THREE, without]) == ""


@pytest.mark.parametrize(
    ("metric", "counts"),
    [("val_accuracy", "counts as 0 from"), ("val_loss", "counts as infinity, and the line ends there")],
)
def test_a_band_of_all_says_as_what_a_diverged_seed_counts(metric: str, counts: str) -> None:
    said = caption([THREE], metric, "all")
    assert counts in said
    assert "if it survives" not in said


def test_how_often_a_whole_curve_stays_inside_is_counted_among_the_drawn_seeds() -> None:
    said = caption([THREE])
    assert "Its whole curve stays inside less often: of 3 seeds that finished, none lies at every epoch inside" in said
    middle = [[0.1, 0.1, 0.1], [0.2, 0.2, 0.2], [0.3, 0.3, 0.3], [0.4, 0.4, 0.4]]
    four = summary_cell("yolo", "none", "he", middle)
    said = caption([THREE, four])
    assert "of 7 seeds that finished, 2 lie at every epoch inside the band of the other seeds of the cell" in said


def test_with_a_single_epoch_nothing_is_said_of_whole_curves() -> None:
    assert "whole curve" not in caption([summary_cell("yolo", "none", "he", [[0.5], [0.4], [0.3]])])


def test_the_band_of_the_mean_is_not_said_to_hold_the_next_seed() -> None:
    said = caption([THREE], band="mean")
    assert "It contains the whole curve of the true mean, at all epochs at once, with 95 %." in said
    assert "(n-1)/(n+1)" not in said


def test_a_short_caption_says_what_is_drawn_and_how_little_the_band_holds() -> None:
    held = "At one epoch, the range holds the next seed with 50 %."
    assert short([THREE]) == f"Mean and range over the seeds, and each seed. {held}"
    diverged = summary_cell("yolo", "none", "he", [*CURVES[:2], [0.1]], {2: 2})
    assert "each seed (cross: it diverged)." in short([diverged])
    assert short([THREE], "mean") == "Mean, its 95 % band over all epochs, and each seed."
    assert short([summary_cell("yolo", "none", "he", CURVES[:2])]) == "Each seed."
