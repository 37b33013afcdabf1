"""The smallest effects are found in about four of five studies."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.statistics.detectable import smallest_difference, smallest_p, smallest_ratio, smallest_rise
from evenkeel.statistics.spreads import p_of_spread


@pytest.mark.parametrize(("n", "level"), [(4, 0.04), (6, 0.005), (10, 0.04), (11, 0.04), (25, 0.005)])
def test_the_smallest_difference_is_found_in_four_of_five_studies(n: int, level: float) -> None:
    rng, shift = np.random.default_rng(3), smallest_difference(n, level)
    assert shift is not None
    a, b = rng.normal(size=(2000, n)) + shift, rng.normal(size=(2000, n))
    p = stats.mannwhitneyu(a, b, axis=1, method="exact").pvalue
    assert np.mean(p <= level) == pytest.approx(0.8, abs=0.03)


def test_the_smallest_difference_of_many_runs_is_nearly_that_of_a_t_test() -> None:
    """3 / pi is the efficiency of the rank test for normal values."""
    of_t = (stats.norm.isf(0.02) + stats.norm.ppf(0.8)) * (2 / 5000) ** 0.5
    assert smallest_difference(5000, 0.04) == pytest.approx(of_t * (np.pi / 3) ** 0.5, rel=2e-3)
    assert smallest_difference(100_000, 0.04) is not None


def test_the_smallest_p_is_that_of_runs_which_all_lie_on_one_side() -> None:
    for n in (1, 3, 8):
        assert smallest_p(n) == pytest.approx(stats.mannwhitneyu(range(n), range(n, 2 * n), method="exact").pvalue)
    assert smallest_p(100_000) == 0.0
    assert smallest_difference(3, 0.04) is smallest_difference(0, 0.04) is None


def test_the_smallest_ratio_is_found_in_four_of_five_studies() -> None:
    rng, ratio = np.random.default_rng(1), smallest_ratio(10, 10, 0.05)
    found = [p_of_spread(ratio * rng.normal(size=10), rng.normal(size=10)) <= 0.05 for _ in range(600)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(("n", "m", "bad"), [(10, 10, 0), (12, 20, 5)])
def test_the_smallest_rise_is_found_in_four_of_five_studies(n: int, m: int, bad: int) -> None:
    rng, rise = np.random.default_rng(2), smallest_rise(n, m, bad, 0.05)
    more, fewer = rng.binomial(n, bad / m + rise, 500), rng.binomial(m, bad / m, 500)
    ps = {
        (x, y): stats.fisher_exact([[x, n - x], [y, m - y]]).pvalue
        for x, y in set(zip(more.tolist(), fewer.tolist(), strict=True))
    }
    assert np.mean([ps[pair] <= 0.05 for pair in zip(more, fewer, strict=True)]) == pytest.approx(0.8, abs=0.06)


def test_too_few_runs_find_nothing_however_large() -> None:
    assert smallest_ratio(3, 3, 0.001) is smallest_ratio(1, 5, 0.05) is None
    assert smallest_rise(3, 3, 0, 0.05) is smallest_rise(5, 5, 5, 0.05) is None
