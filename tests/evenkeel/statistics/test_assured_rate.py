"""The seeds needed for a rate are the fewest that make Clopper and Pearson's interval narrow enough in 80 %."""

import numpy as np
import pytest
from scipy import optimize, stats

from evenkeel.statistics.assured_rate import rate_half_width, seeds_for_rate


def narrow(n: int, half_width: float) -> np.ndarray:
    """(n + 1,): whether the interval of k of n is narrow enough."""
    return rate_half_width(np.arange(n + 1), np.full(n + 1, n)) <= half_width


def first(half_width: float, few: int, many: int, rates: np.ndarray) -> int:
    """One number after the other, and every outcome of each."""
    for n in range(few + many + 1, 3000):
        more = n - few - many
        chances = stats.binom.pmf(np.arange(more + 1)[:, np.newaxis], more, rates).mean(axis=1)
        if chances[narrow(n, half_width)[few : few + more + 1]].sum() >= 0.8:
            return n
    raise AssertionError("over 3000")


def allowed(few: int, runs: int, confidence: float) -> float:
    """The rate of the rarer kind that the runs rule out with this confidence, two-sided; at most 1/2."""

    def excess(rate: float) -> float:
        return float(stats.binom.cdf(few, runs, rate) + stats.binom.sf(runs - few - 1, runs, rate)) - (1 - confidence)

    return 0.5 if excess(0.5) > 0 else float(optimize.brentq(excess, 0, 0.5))


@pytest.mark.slow
@pytest.mark.parametrize(("few", "many"), [(0, 1), (0, 3), (1, 9), (2, 10), (5, 5), (3, 40)])
@pytest.mark.parametrize("half_width", [0.3, 0.15, 0.1])
def test_it_is_the_first_number_that_reaches_the_goal(few: int, many: int, half_width: float) -> None:
    found = seeds_for_rate(half_width, few, many)
    now = few + many
    if narrow(now, half_width)[few]:
        assert (found.n, found.as_observed, found.at_worst) == (now,) * 3
        return
    assert found.as_observed == first(half_width, few, many, np.array([few / now]))
    assert found.at_worst == first(half_width, few, many, np.array([0.5]))
    assert found.n == first(half_width, few, many, np.array([allowed(few, now, (i + 0.5) / 200) for i in range(200)]))


@pytest.mark.slow
@pytest.mark.parametrize("rate", [0.05, 0.15, 0.4, 0.5])
@pytest.mark.parametrize("n_now", [3, 5, 20])
def test_who_trains_the_stated_number_reaches_the_goal_in_at_least_78_percent(rate: float, n_now: int) -> None:
    rng, goal = np.random.default_rng(n_now), 0.1
    hits = 0.0
    for bad in range(n_now + 1):
        n = seeds_for_rate(goal, *sorted((bad, n_now - bad))).n
        ends = bad + rng.binomial(n - n_now, rate, 2000)
        hits += stats.binom.pmf(bad, n_now, rate) * float(narrow(n, goal)[ends].mean())
    assert hits >= 0.78


def test_many_runs_with_few_diverged_tell_the_rate_well() -> None:
    found = seeds_for_rate(0.0002, 2, 9998)
    assert 20_000 < found.as_observed < found.n < 2 * found.as_observed
    assert found.at_worst is None


def test_a_precision_beyond_reach_has_no_number() -> None:
    found = seeds_for_rate(1e-5, 1, 9)
    assert (found.n, found.as_observed, found.at_worst) == (None, None, None)
