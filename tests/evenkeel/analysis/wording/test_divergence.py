"""The rate of bad runs in words, and the reason where there is none yet."""

from summaries import summary_cell

from evenkeel.analysis.wording.divergence import not_yet_says, rate_says, so_far

CURVES = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.1]]
ENDED = summary_cell("yolo", "none", "he", CURVES, {2: 2}).divergence
GOING = summary_cell("yolo", "none", "he", CURVES, {2: 2}, queued=7).divergence


def test_a_rate_stands_with_its_interval() -> None:
    assert rate_says(ENDED) == "0.33 (0.01 to 0.91)"
    assert so_far(ENDED) == ""
    assert rate_says(summary_cell("yolo", "none", "he", []).divergence) == "- (0.00 to 1.00)"


def test_before_every_seed_has_ended_it_is_a_count_of_all_seeds_so_far() -> None:
    assert rate_says(GOING) == "1 of 10 seeds so far (0.00 to 0.97)"
    assert so_far(GOING) == " so far"


def test_why_nothing_is_said_yet_names_the_cell_and_its_seeds() -> None:
    assert not_yet_says("yolo-none-he", GOING).startswith("7 seeds of yolo-none-he have not ended. Runs that diverge")
    one = summary_cell("yolo", "none", "he", CURVES, {2: None}).divergence
    assert not_yet_says("yolo-none-he", one).startswith("1 seed of yolo-none-he has not ended.")
