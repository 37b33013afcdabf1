"""The tests of spreads hold for values of any shape, and their limits are where they turn."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import digamma

from evenkeel.statistics.spreads import p_of_spread, p_of_wider, ratio_limits, spread_ratio

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=9), 2 * RNG.normal(size=9)
SHAPES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "heavy tails": lambda rng, n: rng.standard_t(3, size=n),
    "ceiling": lambda rng, n: 1 / (1 + np.exp(-4 - rng.normal(size=n))),
}


def test_it_is_the_t_test_of_the_deviations_without_the_one_that_is_always_0() -> None:
    deviations = [np.sort(np.abs(x - np.median(x)))[1:] for x in (A, B)]
    assert p_of_spread(A, B) == pytest.approx(stats.ttest_ind(*deviations).pvalue)


def test_where_the_numbers_of_runs_differ_it_claims_no_more_than_scipys() -> None:
    assert p_of_spread(A, B[:7]) >= stats.levene(A, B[:7], center="median").pvalue


def test_at_its_limits_a_ratio_is_just_rejected() -> None:
    for b in (B, B[:6]):
        low, high = (float(limit) for limit in ratio_limits(A, b, 0.05))
        assert p_of_wider(A, b, high) == pytest.approx(0.05)
        assert p_of_wider(A, b, low) >= 0.95 - 1e-9
        assert low < spread_ratio(A, b) < high


def test_the_ratio_is_not_biased_by_unequal_numbers_of_runs() -> None:
    rng = np.random.default_rng(1)
    logs = [np.log(spread_ratio(rng.normal(size=3), rng.normal(size=10))) for _ in range(4000)]
    # Uncorrected, the mean is -0.26, since log s of three runs is 0.29 too low.
    assert np.mean(logs) == pytest.approx(0, abs=0.04)
    bias = [(digamma(df / 2) - np.log(df / 2)) / 2 for df in (2, 8)]
    expected = A[:3].std(ddof=1) / B.std(ddof=1) * np.exp(bias[1] - bias[0])
    assert spread_ratio(A[:3], B) == pytest.approx(expected)


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.5], [0.5] * 4])
def test_runs_without_a_spread_show_nothing(values: list[float]) -> None:
    assert p_of_spread(np.array(values), np.array([0.5] * 3)) is None
    assert spread_ratio(A, np.array(values)) is None


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n", "m"), [(3, 3), (5, 5), (10, 10), (5, 10), (10, 4)])
def test_a_cell_that_spreads_by_the_margin_is_seldom_called_nearly_as_stable(shape: str, n: int, m: int) -> None:
    rng = np.random.default_rng(2)
    claims = [p_of_wider(2 * SHAPES[shape](rng, n), SHAPES[shape](rng, m), 2.0) <= 0.05 for _ in range(500)]
    assert np.mean(claims) <= 0.05 + 3 * (0.05 * 0.95 / 500) ** 0.5


def test_a_cell_as_narrow_as_another_is_shown_to_be_nearly_as_stable_with_enough_seeds() -> None:
    rng = np.random.default_rng(3)
    assert np.mean([p_of_wider(rng.normal(size=20), rng.normal(size=20), 2.0) <= 0.05 for _ in range(200)]) > 0.75
