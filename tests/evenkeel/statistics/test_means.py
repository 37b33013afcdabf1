"""Differences of means: Welch's where the numbers of runs are equal, and more careful where they are not."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.statistics.means import difference_of_means, mean_test

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=8), 1 + 2 * RNG.normal(size=8)


def test_with_as_many_runs_it_is_welchs() -> None:
    welch = stats.ttest_ind(A, B, equal_var=False)
    assert mean_test(A, B).p == pytest.approx(welch.pvalue)
    assert difference_of_means(A, B).df == pytest.approx(welch.df)


def test_the_smaller_cell_is_taken_to_be_noisier_than_it_looks() -> None:
    few = B[:3]
    assert difference_of_means(A, few).df < stats.ttest_ind(A, few, equal_var=False).df
    assert mean_test(A, few).p == pytest.approx(mean_test(few, A).p)


def test_the_two_one_sided_tests_are_those_of_scipy() -> None:
    below = stats.ttest_ind(A, B - 3, equal_var=False, alternative="greater").pvalue
    above = stats.ttest_ind(A, B + 3, equal_var=False, alternative="less").pvalue
    assert difference_of_means(A, B).p_of_further(3) == pytest.approx(max(below, above))


def test_the_smallest_effect_is_found_in_four_of_five_studies() -> None:
    rng, n = np.random.default_rng(1), 10
    found = []
    for _ in range(400):
        effect = mean_test(rng.normal(size=n), rng.normal(size=n)).smallest_effect
        found.append(mean_test(rng.normal(size=n) + effect, rng.normal(size=n)).p <= 0.05)
    assert np.mean(found) == pytest.approx(0.8, abs=0.07)


@pytest.mark.parametrize(
    ("a", "b"), [([], [1.0]), ([1.0], [2.0]), ([1.0, 1.0], [2.0, 2.0]), ([1e200, 2e200], [1.0, 2.0])]
)
def test_runs_without_noise_or_beyond_all_measure_have_no_p(a: list[float], b: list[float]) -> None:
    assert mean_test(np.array(a), np.array(b)).p is None
