"""Comparisons of two cells agree with SciPy, statsmodels, enumeration and simulation."""

import itertools
import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evenkeel.statistics.compare import Sample, compare, compare_family
from evenkeel.statistics.multiple import holm

VALUES = st.lists(st.integers(0, 8).map(lambda x: x / 8), min_size=1, max_size=6)


def sample(*values: float, bad: int = 0) -> Sample:
    found = np.array(values, float)
    return Sample(found, found[np.isfinite(found)], bad, len(found))


A, B = sample(0.91, 0.93, 0.95, 0.97), sample(0.6, 0.7, 0.92)


def test_the_probability_of_improvement_is_counted_pair_by_pair() -> None:
    pairs = [(x > y) + (x == y) / 2 for x in A.values for y in B.values]
    assert compare(A, B, True).improvement.probability == pytest.approx(np.mean(pairs))


@settings(max_examples=40)
@given(VALUES, VALUES)
def test_its_exact_p_is_that_of_going_through_every_arrangement_also_with_ties(a: list[float], b: list[float]) -> None:
    ranks, n = stats.rankdata(a + b), len(a)
    middle = n * (len(ranks) + 1) / 2
    seen = abs(ranks[:n].sum() - middle)
    sums = [abs(sum(chosen) - middle) for chosen in itertools.combinations(ranks, n)]
    expected = np.mean([x >= seen - 1e-9 for x in sums])
    assert compare(sample(*a), sample(*b), True).improvement.p == pytest.approx(expected)


@settings(max_examples=40)
@given(VALUES, VALUES)
def test_swapping_the_cells_turns_the_answer_round(a: list[float], b: list[float]) -> None:
    one, other = (compare(*pair, True) for pair in ((sample(*a), sample(*b)), (sample(*b), sample(*a))))
    assert one.improvement.probability == pytest.approx(1 - other.improvement.probability)
    if one.improvement.low is not None:
        assert one.improvement.low == pytest.approx(1 - other.improvement.high, abs=1e-6)
    for test in ("improvement", "divergence", "spread", "mean"):
        assert getattr(one, test).p == pytest.approx(getattr(other, test).p, abs=1e-9)


@settings(max_examples=40)
@given(VALUES, VALUES, st.floats(-3, 3))
def test_adding_a_constant_to_both_changes_no_p(a: list[float], b: list[float], constant: float) -> None:
    before = compare(sample(*a), sample(*b), True)
    # Multiples of 1/8 are exact, so that ties stay ties.
    shift = round(8 * constant) / 8
    after = compare(sample(*(np.array(a) + shift)), sample(*(np.array(b) + shift)), True)
    assert before.improvement.probability == pytest.approx(after.improvement.probability)
    for test in ("improvement", "spread", "mean"):
        assert getattr(before, test).p == pytest.approx(getattr(after, test).p, abs=1e-6)


def test_a_lower_loss_is_better() -> None:
    assert compare(A, B, False).improvement.probability == pytest.approx(
        1 - compare(A, B, True).improvement.probability
    )


def test_the_other_tests_are_scipys() -> None:
    found = compare(sample(*A.values, bad=0), sample(*B.values, bad=2), True)
    assert found.divergence.p == pytest.approx(stats.fisher_exact([[0, 4], [2, 1]]).pvalue)
    assert found.spread.p == pytest.approx(stats.levene(A.values, B.values, center="median").pvalue)
    welch = stats.ttest_ind(A.values, B.values, equal_var=False)
    assert found.mean.p == pytest.approx(welch.pvalue)
    assert (found.mean.low, found.mean.high) == pytest.approx(tuple(welch.confidence_interval(0.95)))


def test_three_against_three_cannot_reach_005() -> None:
    found = compare(sample(1.0, 2.0, 3.0), sample(4.0, 5.0, 6.0), True)
    assert found.improvement.smallest_p == found.improvement.p == pytest.approx(0.1)


def test_where_no_test_can_tell_them_apart_the_interval_does_not_either() -> None:
    assert compare(sample(1.0, 2.0, 3.0), sample(4.0, 5.0, 6.0), True).improvement.high > 0.5


def test_five_against_five_can() -> None:
    found = compare(sample(*range(5)), sample(*range(5, 10)), True)
    assert found.improvement.smallest_p == pytest.approx(2 / 252)
    assert found.improvement.p <= 0.05


def test_the_interval_solves_newcombes_equation() -> None:
    found, n, m = compare(A, B, True).improvement, 4, 3
    k = (n + m) / 2 - 1
    for end in (found.low, found.high):
        variance = end * (1 - end) / (n * m) * (1 + k * ((1 - end) / (2 - end) + end / (1 + end)))
        assert abs(found.probability - end) == pytest.approx(stats.t.ppf(0.975, 5) * variance**0.5, abs=1e-6)


def test_a_diverged_run_is_worse_than_any_other_and_as_bad_as_another() -> None:
    found = compare(sample(-np.inf, 0.2, bad=1), sample(-np.inf, 0.1, bad=1), True)
    assert found.improvement.probability == pytest.approx((0.5 + 0 + 1 + 1) / 4)
    assert found.mean.p is None


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (sample(), sample()), (sample(0.5), sample()), (sample(0.5), sample(0.6)), (sample(0.5, 0.5), sample(0.5, 0.5)),
        (sample(-np.inf, -np.inf, bad=2), sample(-np.inf, -np.inf, bad=2)), (sample(0.1, 0.2), sample(0.3)),
        (sample(1e200, 2e200), sample(1e300, 3e300)), (sample(1e99, 2e99), sample(1e99, 3e99)),
        (sample(0.5, 0.5, 0.5), sample(0.6, 0.6, 0.6)), (sample(0.1, 0.2), sample(0.1, 0.2)),
    ],
)  # fmt: skip
def test_little_or_degenerate_evidence_gives_none_and_never_nan(a: Sample, b: Sample) -> None:
    [found] = compare_family(a, [b], True)
    json.dumps(asdict(found), allow_nan=False)


def test_a_family_is_corrected_test_by_test() -> None:
    others = [B, sample(0.1, 0.2, 0.3), sample(0.9, 0.95, 0.99)]
    found = compare_family(A, others, True)
    for test in ("improvement", "divergence", "spread", "mean"):
        alone = [getattr(compare(A, other, True), test).p for other in others]
        assert [getattr(each, test).p_holm for each in found] == holm(alone)


def test_the_smallest_p_of_a_family_is_corrected_like_p() -> None:
    a, others = sample(*range(5)), [sample(*range(5 * i, 5 * i + 5)) for i in range(1, 8)]
    assert [each.improvement.smallest_p_holm for each in compare_family(a, others, True)] == pytest.approx(
        [7 * 2 / 252] * 7
    )
    assert compare(a, others[0], True).improvement.smallest_p_holm is None


@settings(max_examples=40)
@given(VALUES, st.lists(VALUES, min_size=1, max_size=4))
def test_no_corrected_p_is_smaller_than_the_smallest(a: list[float], others: list[list[float]]) -> None:
    for found in compare_family(sample(*a), [sample(*b) for b in others], True):
        assert found.improvement.p_holm >= found.improvement.smallest_p_holm >= found.improvement.smallest_p
