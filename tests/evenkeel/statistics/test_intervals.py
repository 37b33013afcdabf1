"""Intervals agree with scipy.stats and with simulations."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.statistics.intervals import iqm_interval, mean_interval, rate_interval, std_interval


@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_the_mean_has_students_interval(n: int) -> None:
    values = np.random.default_rng(n).normal(3, 2, n)
    expected = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = mean_interval(values.mean(), values.std(ddof=1), np.array(n))
    assert [float(end) for end in found] == pytest.approx([expected.low, expected.high])


@pytest.mark.parametrize("n", [2, 3, 5, 30])
def test_the_std_has_the_chi_square_interval(n: int) -> None:
    low, high = std_interval(np.array(1.7), np.array(n))
    for end, tail in ((low, 0.975), (high, 0.025)):
        assert end == pytest.approx(1.7 * np.sqrt((n - 1) / stats.chi2.ppf(tail, n - 1)))


@pytest.mark.parametrize(("k", "n"), [(0, 3), (1, 3), (3, 3), (0, 1), (2, 10), (7, 40)])
def test_a_rate_has_clopper_and_pearsons_interval(k: int, n: int) -> None:
    expected = stats.binomtest(k, n).proportion_ci(0.95, method="exact")
    assert [float(end) for end in rate_interval(np.array(k), np.array(n))] == pytest.approx(
        [expected.low, expected.high]
    )


def test_none_of_three_only_bounds_the_rate_at_71_percent() -> None:
    low, high = rate_interval(np.array(0), np.array(3))
    assert (float(low), float(high)) == (0.0, pytest.approx(0.7076, abs=1e-4))


def test_nothing_known_is_an_interval_of_everything() -> None:
    assert [float(end) for end in rate_interval(np.array(0), np.array(0))] == [0.0, 1.0]
    assert np.isnan(mean_interval(np.array(0.5), np.array(np.nan), np.array(1))).all()
    assert np.isnan(std_interval(np.array(np.nan), np.array(1))).all()


def test_equal_values_have_no_interval_since_they_do_not_show_how_far_the_next_may_be() -> None:
    none, n = np.array(0.0), np.array(5)
    assert np.isnan(mean_interval(np.array(0.7), none, n)).all()
    assert np.isnan(std_interval(none, n)).all()


def test_the_interquartile_mean_has_no_bootstrap_under_ten_values() -> None:
    values = np.random.default_rng(0).normal(size=9)
    assert np.isnan(iqm_interval(values)).all()


def test_the_bootstrap_is_scipys_but_for_its_draws() -> None:
    values = np.random.default_rng(1).normal(size=12)

    def iqm(sample: np.ndarray, axis: int) -> np.ndarray:
        return np.asarray(stats.trim_mean(sample, 0.25, axis=axis))

    expected = stats.bootstrap((values,), iqm, method="percentile", rng=np.random.default_rng(2), n_resamples=20_000)
    low, high = iqm_interval(values)
    assert (low, high) == pytest.approx(tuple(expected.confidence_interval), abs=0.06)
    assert iqm_interval(values) == (low, high)
