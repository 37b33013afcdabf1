"""Intervals of shares cover what they say, also near 1, and stay inside [0, 1]."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import expit, logit

from evenkeel.statistics.intervals import mean_interval, std_interval
from evenkeel.statistics.shares import p_of_lower_median, share_intervals

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]

NEAR_ONE: Draw = lambda rng, shape: expit(rng.normal(3.9, 1.0, shape))  # noqa: E731
AT_SEVEN_TENTHS: Draw = lambda rng, shape: rng.normal(0.7, 0.02, shape)  # noqa: E731
AT_THE_CEILING: Draw = lambda rng, shape: rng.binomial(100, expit(rng.normal(5.3, 0.7, shape))) / 100  # noqa: E731


def coverage(draw: Draw, n: int, samples: int = 800) -> tuple[float, float]:
    """How often the intervals contain the true mean and the true std. One that does not exist counts for nothing."""
    many = draw(np.random.default_rng(99), (1_000_000,))
    found = np.array([share_intervals(x) for x in draw(np.random.default_rng(n), (samples, n)) if np.ptp(x) > 0]).T
    held = [
        (low <= truth) & (truth <= high) | np.isnan(low)
        for truth, (low, high) in ((many.mean(), found[:2]), (many.std(), found[2:]))
    ]
    return float(held[0].mean()), float(held[1].mean())


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10])
@pytest.mark.parametrize("draw", [NEAR_ONE, AT_SEVEN_TENTHS])
def test_they_cover_the_truth_near_one_and_far_from_it(draw: Draw, n: int) -> None:
    mean, std = coverage(draw, n)
    assert mean >= 0.91
    assert std >= 0.91


@pytest.mark.slow
@pytest.mark.parametrize("n", [3, 5, 10])
def test_the_mean_is_covered_where_most_runs_are_exactly_one(n: int) -> None:
    assert coverage(AT_THE_CEILING, n)[0] >= 0.91


def test_students_interval_does_not_cover_it_near_one() -> None:
    samples, n = NEAR_ONE(np.random.default_rng(0), (4000, 5)), np.full(4000, 5)
    many = NEAR_ONE(np.random.default_rng(99), (1_000_000,))
    mean, std = samples.mean(axis=1), samples.std(axis=1, ddof=1)
    for truth, (low, high), most in (
        (many.mean(), mean_interval(mean, std, n), 0.86),
        (many.std(), std_interval(std, n), 0.75),
    ):
        assert np.mean((low <= truth) & (truth <= high)) < most


def test_far_from_zero_and_one_they_are_students_and_the_chi_squares() -> None:
    values = np.array([0.69, 0.695, 0.7, 0.702, 0.71, 0.713])
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    found = share_intervals(values)
    assert found[:2] == pytest.approx((low, high), abs=0.001)
    std = values.std(ddof=1)
    assert found[2:] == pytest.approx([std * (5 / stats.chi2.ppf(tail, 5)) ** 0.5 for tail in (0.975, 0.025)], rel=0.05)


@pytest.mark.slow
@settings(max_examples=100)
@given(st.lists(st.integers(0, 1000).map(lambda x: x / 1000), min_size=2, max_size=12).filter(lambda x: len({*x}) > 1))
def test_they_lie_inside_0_and_1(values: list[float]) -> None:
    mean_low, mean_high, std_low, std_high = share_intervals(np.array(values))
    assert 0 <= mean_low < mean_high <= 1
    if not np.isnan(std_low):
        assert 0 <= std_low < std_high <= 0.5


@settings(max_examples=50)
@given(st.lists(st.floats(0.001, 0.999), min_size=3, max_size=8).filter(lambda x: max(x) - min(x) > 1e-3))
def test_the_share_of_errors_has_the_mirrored_interval(values: list[float]) -> None:
    low, high, std_low, std_high = share_intervals(np.array(values))
    mirrored = share_intervals(1 - np.array(values))
    assert mirrored == pytest.approx((1 - high, 1 - low, std_low, std_high), abs=1e-6)


def test_a_run_at_the_ceiling_leaves_the_mean_open_towards_it() -> None:
    assert share_intervals(np.array([0.97, 0.98, 0.99, 0.985, 1.0]))[1] == 1.0
    assert share_intervals(np.array([0.0, 0.01, 0.02]))[0] == 0.0


def test_where_many_runs_are_at_the_ceiling_the_std_has_no_interval() -> None:
    assert np.isnan(share_intervals(np.array([0.99, 1.0, 1.0]))[2:]).all()


def test_rounding_is_not_taken_for_a_resolution() -> None:
    found = share_intervals(np.array([1.0, 1.0 - 6e-8, 0.98, 0.99, 0.985]))
    assert found == pytest.approx(share_intervals(np.array([1.0, 1.0, 0.98, 0.99, 0.985])), abs=0.03, nan_ok=True)


def test_the_p_of_a_median_is_students_of_the_logits() -> None:
    values = np.array([0.96, 0.98, 0.99, 0.97])
    expected = stats.ttest_1samp(logit(values), logit(0.95), alternative="greater").pvalue
    assert p_of_lower_median(values, 0.95) == pytest.approx(expected)


def test_equal_runs_show_only_on_which_side_of_the_bound_they_lie() -> None:
    assert p_of_lower_median(np.ones(5), 0.95) == 0.5**5
    assert p_of_lower_median(np.full(5, 0.9), 0.95) == 1 - 0.5**5
