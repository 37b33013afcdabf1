"""A comparison says how sure it is, and it says so if the seeds are too few to tell."""

from dataclasses import replace

import numpy as np
import pytest

from evenkeel.analysis.wording.compare import comparison_says
from evenkeel.statistics.compare import Sample, compare_family
from evenkeel.statistics.equivalence import Margins


def sample(*values: float) -> Sample:
    found = np.array(values, float)
    return Sample(found, found, 0, len(found))


def says(a: Sample, b: Sample) -> str:
    return all_say(a, [b])[0]


def all_say(a: Sample, others: list[Sample]) -> list[str]:
    """The sentences of one answer."""
    found = compare_family(a, others, True)
    return [comparison_says(each, a, b, "one", "two", len(others)) for each, b in zip(found, others, strict=True)]


def test_three_against_three_cannot_reach_005_and_says_so() -> None:
    said = says(sample(1.0, 2.0, 3.0), sample(4.0, 5.0, 6.0))
    assert said.startswith("A run of one is better than one of two with probability 0% (95 % interval 0% to ")
    assert said.endswith(". But 3 against 3 seeds cannot reach p = 0.05 (the smallest possible p is 0.1).")


def test_five_against_five_can() -> None:
    assert says(sample(*range(5)), sample(*range(5, 10))).endswith(" The exact test shows a difference (p = 0.0079).")
    assert "The exact test shows no difference" in says(sample(*range(5)), sample(*range(5)))


@pytest.mark.parametrize(("a", "b", "which"), [((), (0.5,), "one"), ((0.5,), (), "two"), ((), (), "one")])
def test_a_cell_without_a_value_is_named(a: tuple[float, ...], b: tuple[float, ...], which: str) -> None:
    assert says(sample(*a), sample(*b)) == f"No finished run of {which} has this metric."


def test_five_seeds_a_cell_cannot_tell_seven_comparisons_and_it_says_so() -> None:
    said = all_say(sample(*range(5)), [sample(*range(5 * i, 5 * i + 5)) for i in range(1, 8)])
    assert {each.partition(". ")[2] for each in said} == {
        "But 5 against 5 seeds cannot reach p = 0.05 (the smallest possible p is 0.056 after Holm's correction over 7 "
        "comparisons)."
    }


def test_a_difference_that_the_number_of_comparisons_explains_is_not_claimed() -> None:
    a, apart = sample(*range(10)), sample(*np.arange(10) + 3.5)
    assert "shows a difference (p = 0.029)" in says(a, apart)
    among = all_say(a, [apart, *[sample(*np.arange(10) + 0.5)] * 6])
    assert "shows no difference (p = 0.2 after Holm's correction over 7 comparisons)" in among[0]


def test_ties_may_make_it_impossible_and_are_named() -> None:
    said = says(sample(*[1.0] * 10), sample(*[1.0] * 6, *[0.9] * 4))
    assert said.endswith(
        "But 10 against 10 seeds with these ties cannot reach p = 0.05 (the smallest possible p is 0.087)."
    )


@pytest.mark.slow
def test_a_p_from_permutations_is_told_as_one() -> None:
    said = says(sample(*range(101)), sample(*np.arange(101) + 60.5))
    assert said.endswith("The test by 9,999 random permutations shows a difference (p = 0.0001).")


@pytest.mark.parametrize(
    ("p", "shown"), [(0.0504, "no difference (p = 0.0504)"), (0.0496, "a difference (p = 0.0496)")]
)
def test_a_p_next_to_005_shows_on_which_side_it_lies(p: float, shown: str) -> None:
    a, b = sample(*range(5)), sample(*range(5))
    [found] = compare_family(a, [b], True)
    found = replace(found, improvement=replace(found.improvement, p_holm=p))
    assert comparison_says(found, a, b, "one", "two", 1).partition(" shows ")[2].startswith(f"{shown}.")


@pytest.mark.slow
def test_without_any_difference_hardly_any_answer_claims_one() -> None:
    rng, claims = np.random.default_rng(0), 0
    for _ in range(300):
        a, *others = (sample(*rng.normal(size=10)) for _ in range(8))
        claims += any("shows a difference" in said for said in all_say(a, others))
    # At most 5 % and three Monte Carlo errors. Without Holm's correction it is 22 %.
    assert claims / 300 <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5


def test_where_no_difference_is_shown_the_smallest_that_would_have_been_found_is_named() -> None:
    a, b = sample(*range(5)), sample(*range(5))
    [found] = compare_family(a, [b], True)
    effect = f"{found.improvement.smallest_effect:.2g}"
    assert f" This many seeds would miss a difference under {effect} in more than one study of five." in says(a, b)


def test_three_runs_of_a_noisy_cell_are_told_to_be_too_few() -> None:
    said = says(sample(*np.linspace(-1, 1, 10)), sample(5.0, 9.0, 16.0))
    assert "But 10 against 3 seeds with this noise cannot reach p = 0.05" in said


def nearly(a: Sample, b: Sample, margins: Margins) -> str:
    [found] = compare_family(a, [b], True, margins)
    return comparison_says(found, a, b, "one", "two", 1)


def test_what_is_nearly_the_same_is_said_only_if_it_is_shown() -> None:
    a, b = (sample(*x) for x in np.random.default_rng(0).normal(size=(2, 30)))
    assert "one spreads less than 3 times as wide as two (p = " in nearly(a, b, Margins(spread=3))
    assert "It could not be shown that one spreads less than 0.9 times as wide as two (p = " in nearly(
        a, b, Margins(spread=0.9)
    )
    assert "The means of one and two are less than 2 apart (p = " in nearly(a, b, Margins(mean=2))
    assert "It could not be shown that the means of one and two are less than 0.1 apart (p = " in nearly(
        a, b, Margins(mean=0.1)
    )


def test_a_narrow_cell_that_breaks_more_often_is_not_called_nearly_as_stable() -> None:
    a, b = (sample(*x) for x in np.random.default_rng(1).normal(size=(2, 10)) * [[0.1], [1.0]])
    said = nearly(replace(a, bad=2), b, Margins(spread=2))
    assert "one is not nearly as stable as two: a larger share of its runs diverged or collapsed." in said
