"""What is claimed of single networks is claimed in error in at most one case of twenty."""

import numpy as np
import pytest
from scipy import stats

from models.paper.claims import NARROW, NEAR_PERFECT, Network, narrow, narrower, near_perfect

RATE = 0.05 + 3 * (0.05 * 0.95 / 600) ** 0.5


def network(n: int, bad: int = 0, spread: float | None = 0.01, df: float | None = None) -> Network:
    finals = np.linspace(0.98, 0.99, n)
    finals[:bad] = 0.01
    return Network(finals, bad, spread, n - 1 if df is None else df)


@pytest.mark.parametrize("n", [3, 10])
def test_a_network_at_the_limit_is_seldom_called_near_perfect_or_the_opposite(n: int) -> None:
    rng, tests = np.random.default_rng(0), []
    for _ in range(600):
        finals = 1 / (1 + np.exp(-np.log(NEAR_PERFECT / (1 - NEAR_PERFECT)) - 0.7 * rng.normal(size=n)))
        tests.append(near_perfect(Network(finals, 0, None, n - 1)))
    assert np.mean([test.p <= 0.05 for test in tests]) <= RATE
    assert np.mean([test.opposite <= 0.05 for test in tests]) <= RATE


def test_the_spread_is_tested_by_chi_square_and_its_ratio_by_f() -> None:
    a, b = network(5, spread=0.02, df=9.5), network(5, spread=0.05, df=12)
    assert narrow(a).p == pytest.approx(stats.chi2.cdf(9.5 * (0.02 / NARROW) ** 2, 9.5))
    assert narrower(a, b).p == pytest.approx(stats.f.cdf(0.16, 9.5, 12))
    assert narrower(a, b, margin=2).opposite == pytest.approx(stats.f.sf(0.04, 9.5, 12))
    assert narrower(b, a).p == pytest.approx(narrower(a, b).opposite)


def test_one_lost_run_of_ten_shows_neither_and_five_show_the_opposite() -> None:
    for claim in (near_perfect, narrow):
        assert [claim(network(10, bad)).p for bad in (1, 5)] == [1, 1]
        assert claim(network(10, 1)).opposite > 0.05
        assert claim(network(10, 5)).opposite < 0.001


def test_a_network_that_loses_all_runs_is_less_stable_than_one_that_loses_none_whatever_they_spread() -> None:
    lost, steady = network(5, 5, spread=None), network(5)
    assert narrower(lost, steady, margin=2).p == 1
    assert narrower(steady, lost).p == pytest.approx(1 / 252)
    assert narrower(lost, lost).p == narrower(lost, lost).opposite == 1
