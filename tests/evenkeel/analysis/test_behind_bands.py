"""The smallest number of seeds behind a band."""

from summaries import posted_twice, summary_cell

from evenkeel.analysis.behind_bands import fewest_seeds

CURVES = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.1, 0.4, 0.7]]
THREE = summary_cell("yolo", "none", "he", CURVES)
ONE_DIVERGED = summary_cell("yolo", "none", "he", [*CURVES[:2], [0.1]], {2: 2})


def test_a_seed_that_diverged_is_missing_from_the_survivors_and_counts_among_all() -> None:
    assert fewest_seeds([THREE]) == 3
    assert fewest_seeds([THREE, ONE_DIVERGED]) == 2
    assert fewest_seeds([THREE, ONE_DIVERGED], "all") == 3


def test_a_seed_that_still_trains_is_missing_from_the_epochs_that_it_has_yet_to_reach() -> None:
    assert fewest_seeds([summary_cell("yolo", "none", "he", [*CURVES[:2], [0.1]], {2: None})]) == 2


def test_epochs_that_nobody_survived_to_have_no_band() -> None:
    gone = summary_cell("yolo", "none", "he", [[0.1], [0.2], [0.3]], {0: 2, 1: 2, 2: 2}, epochs=3)
    assert gone.bands.survivors.n == [3, 0, 0]
    assert fewest_seeds([gone]) == 3
    assert fewest_seeds([summary_cell("yolo", "none", "he", [], epochs=3)]) is None


def test_a_seed_that_two_experiments_trained_counts_once() -> None:
    assert fewest_seeds([posted_twice(THREE)]) == 3
