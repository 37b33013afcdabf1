"""The text says how many seeds are needed and what they cost, or why this is not known."""

import re

import numpy as np
import pytest

from evenkeel.analysis.wording.seeds_needed import seeds_needed_says
from evenkeel.statistics.precision import seeds_needed

VALUES = np.array([0.90, 0.93, 0.95])


def says(values: np.ndarray, half_width: float, of: str, seconds_per_run: float | None = 60.0, waiting: int = 0) -> str:
    return seeds_needed_says(seeds_needed(values, 0, len(values), half_width, of, seconds_per_run), waiting)


def test_what_lacks_is_told_with_what_it_costs() -> None:
    assert re.fullmatch(
        r"Judging by the 3 seeds so far, it takes \d+ to know the mean to within 0.01 with a probability of 80%: "
        r"\d+ if the spread is as observed, and [\d,]+ at worst. Train \d+ more, which takes about \d+ (minutes|hours) "
        r"on one device\.",
        says(VALUES, 0.01, "mean"),
    )
    assert "on one device" not in says(VALUES, 0.01, "mean", None)
    assert "if the rate is as observed" in says(VALUES, 0.1, "divergence")


def test_what_is_there_may_be_enough() -> None:
    assert says(VALUES, 10.0, "mean") == "To know the mean to within 10, the cell has 3 seeds, which is enough."


@pytest.mark.parametrize("of", ["mean", "std", "divergence"])
@pytest.mark.parametrize("values", [[], [0.5]])
def test_little_evidence_is_a_reason_to_train_more(of: str, values: list[float]) -> None:
    if len(values) < (1 if of == "divergence" else 2):
        assert re.search(r"\d finished runs? says? nothing", says(np.array(values), 0.01, of))


def test_equal_seeds_do_not_read_as_enough() -> None:
    assert says(np.full(3, 0.1), 0.01, "mean") == (
        "All 3 seeds end at the same value, so they do not tell how many it takes to know the mean to within 0.01."
    )


def test_a_precision_beyond_reach_says_so() -> None:
    assert "million" in says(VALUES, 1e-9, "mean")


def test_seeds_that_have_yet_to_end_are_waited_for_and_not_asked_for_again() -> None:
    assert says(np.array([0.5]), 0.01, "mean", waiting=3) == (
        "To know the mean to within 0.01, wait for the 3 seeds that have yet to end: 1 finished run says nothing about "
        "it yet."
    )
    assert says(VALUES, 0.05, "mean", None, waiting=40).endswith(" more, and 40 have yet to end.")
    assert says(VALUES, 0.01, "mean", None, waiting=2).endswith(" more. Of these, 2 are posted already.")
    assert "train 3 seeds first" in says(np.array([]), 0.01, "mean", waiting=1)
