"""The number of seeds needed is the smallest that reaches the precision with a probability of 80 %."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from scipy import stats

from evenkeel.statistics.precision import seeds_needed

VALUES = np.array([0.90, 0.93, 0.95])


def half_width(of: str, n: int) -> float:
    """The half-width of the interval of n seeds with a std of 1."""
    if of == "mean":
        return float(stats.t.ppf(0.975, n - 1) / n**0.5)
    ends = [((n - 1) / stats.chi2.ppf(tail, n - 1)) ** 0.5 for tail in (0.025, 0.975)]
    return float(ends[0] - ends[1]) / 2


def reached(of: str, goal: float, std: float, n_now: int, n: int) -> float:
    """The chance that n seeds, of which n_now are there, give a half-width of at most `goal`."""
    largest = (n - 1) * (goal / half_width(of, n)) ** 2 - (n_now - 1) * std**2
    return float(stats.f.cdf(largest / std**2 / (n - n_now), n - n_now, n_now - 1))


@pytest.mark.parametrize("of", ["mean", "std"])
@pytest.mark.parametrize("n_now", [2, 3, 5, 12])
@pytest.mark.parametrize("goal", [0.3, 0.8, 1.5])
def test_it_is_the_first_number_that_reaches_the_goal(of: str, n_now: int, goal: float) -> None:
    values = np.random.default_rng(n_now).normal(size=n_now)
    values /= values.std(ddof=1)
    found = seeds_needed(values, 0, n_now, goal, of, 60.0)
    assert found.half_width_now == pytest.approx(half_width(of, n_now))
    if found.half_width_now <= goal:
        assert (found.n, found.n_as_observed, found.n_at_worst) == (n_now,) * 3
        assert (found.more, found.seconds) == (0, 0.0)
        return
    assert found.n == next(n for n in range(n_now + 1, 100_000) if reached(of, goal, 1.0, n_now, n) >= 0.8)
    assert found.n_as_observed < found.n < found.n_at_worst
    assert (found.more, found.seconds) == (found.n - n_now, (found.n - n_now) * 60.0)


@pytest.mark.slow
@pytest.mark.parametrize("n_now", [3, 5, 10])
@pytest.mark.parametrize("of", ["mean", "std"])
def test_who_trains_the_stated_number_reaches_the_goal_in_80_percent(of: str, n_now: int) -> None:
    """The seeds that are there are drawn too, so the simulation includes how little they tell."""
    rng, goal, samples = np.random.default_rng(n_now), 0.25, 2000
    hits = []
    for values in rng.normal(size=(samples, n_now)):
        n = seeds_needed(values, 0, n_now, goal, of, None).n
        if n is None:
            hits.append(True)
            continue
        # The sum of squares of the later seeds, and how far their mean lies from that of the first.
        squares = (n_now - 1) * values.var(ddof=1) + (rng.chisquare(n - n_now) if n > n_now else 0.0)
        hits.append(half_width(of, n) * (squares / (n - 1)) ** 0.5 <= goal)
    assert 0.78 <= np.mean(hits) <= 0.86


@pytest.mark.parametrize("of", ["mean", "std"])
def test_one_seed_fewer_would_not_reach_it_in_80_percent_if_the_spread_is_as_observed(of: str) -> None:
    rng, n_now, goal = np.random.default_rng(0), 10, 0.25
    values = rng.normal(size=n_now)
    values /= values.std(ddof=1)
    stated = seeds_needed(values, 0, n_now, goal, of, None).n_as_observed

    def hits(n: int) -> float:
        std = np.sqrt((n_now - 1 + rng.chisquare(n - n_now, 40_000)) / (n - 1))
        return float(np.mean(half_width(of, n) * std <= goal))

    assert hits(stated) > 0.8 > hits(stated - 1)


def test_a_precision_beyond_reach_has_no_number() -> None:
    found = seeds_needed(VALUES, 0, 3, 1e-9, "mean", 60.0)
    assert (found.n, found.n_as_observed, found.n_at_worst, found.seconds) == (None,) * 4


@pytest.mark.parametrize("of", ["mean", "std", "divergence"])
@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.5], [0.5, 0.6]])
def test_little_evidence_gives_none_and_never_nan(of: str, values: list[float]) -> None:
    found = seeds_needed(np.array(values), 0, len(values), 0.01, of, 1.0)
    json.dumps(asdict(found), allow_nan=False)
    if len(values) < (1 if of == "divergence" else 2):
        assert found.n is None


@pytest.mark.parametrize("of", ["mean", "std"])
def test_equal_seeds_are_no_proof_that_all_seeds_are_equal(of: str) -> None:
    found = seeds_needed(np.full(3, 0.1), 0, 3, 0.01, of, 60.0)
    assert (found.half_width_now, found.n, found.n_at_worst, found.more) == (None,) * 4
