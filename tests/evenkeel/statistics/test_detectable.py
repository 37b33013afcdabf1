"""The smallest effects are found in about four of five studies."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.statistics.detectable import smallest_ratio, smallest_rise
from evenkeel.statistics.spreads import p_of_spread


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
