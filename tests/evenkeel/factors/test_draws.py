"""How many permutations a test makes, and its p."""

import numpy as np
import pytest

from evenkeel.factors.draws import ENOUGH, WORK, num_permutations, p_of_draws
from evenkeel.statistics.curves import Array


def drawn(observed: float, rng: np.random.Generator, made: list[int]) -> float:
    """The p of an observed value among uniform ones, in a large test. made: how many are drawn, portion by portion."""

    def draw(number: int) -> list[Array]:
        made.append(number)
        return [np.append(observed, rng.uniform(size=number))]

    return p_of_draws(draw, WORK, 999)


def test_a_small_test_makes_every_permutation_at_once() -> None:
    def draw(number: int) -> list[Array]:
        assert number == 99
        return [np.append(9.5, np.arange(99.0) / 9)]

    assert p_of_draws(draw, 8, 99) == pytest.approx((13 + 1) / 100)


def test_a_large_test_ends_when_p_is_clear_and_else_makes_every_permutation() -> None:
    clear: list[int] = []
    assert drawn(0.4, np.random.default_rng(0), clear) == pytest.approx(0.6, abs=0.25)
    assert ENOUGH <= sum(clear) < 300
    close: list[int] = []
    assert drawn(2.0, np.random.default_rng(0), close) == 1 / 1000
    assert sum(close) == 999


def test_the_p_of_a_large_test_is_below_any_level_as_rarely_as_it_says() -> None:
    rng = np.random.default_rng(1)
    found = np.array([drawn(rng.uniform(), rng, []) for _ in range(2000)])
    for level in (0.01, 0.05, 0.1, 0.3):
        assert np.mean(found <= level) <= level + 3 * (level / 2000) ** 0.5


def test_many_runs_get_fewer_permutations_but_999_at_least() -> None:
    assert (num_permutations(9999, 100), num_permutations(9999, 1000), num_permutations(9999, 20_000)) == (
        9999,
        2000,
        999,
    )
