"""The test of a sum of ranks agrees with going through every arrangement, also where values are tied."""

import itertools
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from evenkeel.statistics import rank_sums
from evenkeel.statistics.rank_sums import RankSumTest, exact_tail, rank_sum_test

TIED = st.lists(st.integers(0, 3), min_size=1, max_size=6)


def rank_test(a: list[float], b: list[float]) -> RankSumTest:
    return rank_sum_test(stats.rankdata(a + b), len(a))


@settings(max_examples=60)
@given(TIED, TIED)
def test_p_and_the_smallest_p_are_those_of_all_arrangements_of_the_same_ties(a: list[int], b: list[int]) -> None:
    ranks, n = stats.rankdata(a + b), len(a)
    far = np.abs([sum(chosen) - n * (len(ranks) + 1) / 2 for chosen in itertools.combinations(ranks, n)])
    seen = abs(ranks[:n].sum() - n * (len(ranks) + 1) / 2)
    found = rank_test(a, b)
    assert found.method == "exact"
    assert found.p == pytest.approx(np.mean(far >= seen - 1e-9))
    assert found.smallest_p == pytest.approx(np.mean(far >= far.max() - 1e-9))


@pytest.mark.parametrize(
    ("a", "b", "exact"),
    [
        # Four runs of twenty fall below the ceiling, and all four are of the same cell.
        ([1.0] * 10, [1.0] * 6 + [0.9] * 4, 2 * comb(16, 6) / comb(20, 10)),
        # Two runs of 56 diverged, and both are of the smaller cell.
        ([-np.inf, -np.inf, *[0.9] * 6], [0.9] * 48, comb(8, 2) / comb(56, 2)),
    ],
)
def test_ties_do_not_make_it_too_sure(a: list[float], b: list[float], exact: float) -> None:
    assert rank_test(a, b).p == pytest.approx(exact)
    assert rank_test(a, b).smallest_p <= exact


def test_without_ties_it_is_scipys_also_with_a_hundred_runs_a_cell() -> None:
    rng = np.random.default_rng(0)
    for n, m in ((5, 7), (40, 60), (100, 100)):
        a, b = rng.normal(size=n), rng.normal(0.3, size=m)
        assert rank_test([*a], [*b]).p == pytest.approx(stats.mannwhitneyu(a, b, method="exact").pvalue)
        assert rank_test([*a], [*b]).smallest_p == pytest.approx(2 / comb(n + m, n))


@pytest.mark.slow
def test_above_200_runs_it_says_that_p_is_from_random_permutations(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 9, 101).tolist(), rng.integers(0, 10, 100).tolist()
    found = rank_test(a, b)
    assert (found.method, found) == ("permutation", rank_test(a, b))
    assert found.smallest_p == 1 / 10_000
    monkeypatch.setattr(rank_sums, "EXACT", 201)
    exact = rank_test(a, b)
    assert exact.method == "exact"
    assert found.p == pytest.approx(exact.p, abs=4 * (exact.p * (1 - exact.p) / 10_000) ** 0.5)


def test_equal_values_show_nothing() -> None:
    assert rank_test([1.0] * 5, [1.0] * 9) == RankSumTest(1.0, 1.0, 0, 0, "exact")


def test_no_p_is_smaller_than_the_smallest() -> None:
    found = rank_test([1.0] * 150, [0.0] * 150)
    assert found.p == found.smallest_p == 1 / 10_000


def test_the_distance_is_that_of_u_from_its_middle_and_its_p_that_of_the_test() -> None:
    found = rank_test([3.0, 9.0, 7.0], [1.0, 2.0, 4.0, 5.0, 6.0])
    assert (found.distance, found.furthest) == (abs(2 * 12 - 15), 15)
    assert exact_tail(3, 5)[found.distance] == pytest.approx(found.p)


def test_with_many_runs_the_tail_is_the_normal_one(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = exact_tail(30, 30)
    monkeypatch.setattr(rank_sums, "SMALL", 0)
    assert exact_tail(30, 30) == pytest.approx(exact, abs=0.01)
