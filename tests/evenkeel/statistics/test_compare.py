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
from evenkeel.statistics.equivalence import Margins
from evenkeel.statistics.multiple import holm

VALUES = st.lists(st.integers(0, 8).map(lambda x: x / 8), min_size=1, max_size=6)


def sample(*values: float, bad: int = 0) -> Sample:
    found = np.array(values, float)
    return Sample(found, found[np.isfinite(found)], bad, len(found))


A, B = sample(0.91, 0.93, 0.95, 0.97), sample(0.6, 0.7, 0.92)


def test_the_probability_of_improvement_is_counted_pair_by_pair() -> None:
    pairs = [(x > y) + (x == y) / 2 for x in A.values for y in B.values]
    assert compare(A, B, True).improvement.probability == pytest.approx(np.mean(pairs))


@settings(max_examples=40, deadline=None)
@given(VALUES, VALUES)
def test_its_exact_p_is_that_of_going_through_every_arrangement_also_with_ties(a: list[float], b: list[float]) -> None:
    ranks, n = stats.rankdata(a + b), len(a)
    middle = n * (len(ranks) + 1) / 2
    seen = abs(ranks[:n].sum() - middle)
    sums = [abs(sum(chosen) - middle) for chosen in itertools.combinations(ranks, n)]
    expected = np.mean([x >= seen - 1e-9 for x in sums])
    found = compare(sample(*a), sample(*b), True).improvement
    # Noise makes p larger, and only where the numbers of runs differ.
    assert found.p == pytest.approx(expected) or (found.method == "noise" and found.p > expected and n != len(b))


@settings(max_examples=40, deadline=None)
@given(VALUES, VALUES)
def test_swapping_the_cells_turns_the_answer_round(a: list[float], b: list[float]) -> None:
    one, other = (compare(*pair, True) for pair in ((sample(*a), sample(*b)), (sample(*b), sample(*a))))
    assert one.improvement.probability == pytest.approx(1 - other.improvement.probability)
    if one.improvement.low is not None:
        assert one.improvement.low == pytest.approx(1 - other.improvement.high, abs=1e-6)
    for test in ("improvement", "divergence", "spread", "mean"):
        assert getattr(one, test).p == pytest.approx(getattr(other, test).p, abs=1e-9)


@settings(max_examples=40, deadline=None)
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
    as_many = sample(*B.values, 0.8)
    welch = stats.ttest_ind(A.values, as_many.values, equal_var=False)
    found = compare(A, as_many, True)
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


def test_a_margin_is_tested_only_if_it_is_asked_for_and_corrected_like_the_others() -> None:
    others = [B, sample(0.1, 0.2, 0.3), sample(0.9, 0.95, 0.99)]
    assert compare(A, B, True).nearly_as_stable is compare(A, B, True).nearly_equal is None
    found = compare_family(A, others, True, Margins(spread=2, mean=0.5))
    for test in ("nearly_as_stable", "nearly_equal"):
        ps = [getattr(each, test).p for each in found]
        assert [getattr(each, test).p_holm for each in found] == holm(ps)


def test_the_more_comparisons_the_larger_an_effect_has_to_be() -> None:
    rng = np.random.default_rng(3)
    a, *others = (sample(*rng.normal(size=12)) for _ in range(5))
    alone, among = (compare_family(a, some, True)[0] for some in (others[:1], others))
    for test in ("improvement", "mean", "spread"):
        assert getattr(among, test).smallest_effect > getattr(alone, test).smallest_effect > 0


@pytest.mark.slow
def test_a_noisy_cell_of_three_runs_is_not_called_better_or_worse_than_ten_others() -> None:
    rng, claims = np.random.default_rng(4), np.zeros(2)
    for _ in range(400):
        quiet, noisy = sample(*rng.normal(size=10)), sample(*rng.normal(0, 4, size=3))
        found = compare(quiet, noisy, True)
        claims += [found.improvement.p <= 0.05, found.mean.p <= 0.05]
    # 5 % and three Monte Carlo errors. The exact rank test claims a difference in 18 %.
    assert max(claims / 400) <= 0.05 + 3 * (0.05 * 0.95 / 400) ** 0.5


def test_the_smallest_p_of_a_family_is_corrected_like_p() -> None:
    a, others = sample(*range(5)), [sample(*range(5 * i, 5 * i + 5)) for i in range(1, 8)]
    assert [each.improvement.smallest_p_holm for each in compare_family(a, others, True)] == pytest.approx(
        [7 * 2 / 252] * 7
    )
    assert compare(a, others[0], True).improvement.smallest_p_holm is None


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(VALUES, st.lists(VALUES, min_size=1, max_size=4))
def test_no_corrected_p_is_smaller_than_the_smallest(a: list[float], others: list[list[float]]) -> None:
    for found in compare_family(sample(*a), [sample(*b) for b in others], True):
        assert found.improvement.p_holm >= found.improvement.smallest_p_holm >= found.improvement.smallest_p
