"""Permutation tests within blocks agree with counting every arrangement."""

from itertools import combinations, product

import numpy as np
import pytest

from evenkeel.stability.permutation import num_permutations, p_of_means, p_of_spreads

LEVEL = np.array([0, 0, 0, 1, 1, 1, 0, 0, 1, 1])
BLOCK = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
RNG = np.random.default_rng(0)


def enumerated(values: np.ndarray) -> float:
    """The exact p for the difference between two levels of the cell means, after each block's mean is subtracted."""

    def statistic(chosen: tuple[tuple[int, ...], ...]) -> float:
        differences = []
        for block, first in enumerate(chosen):
            own = np.flatnonzero(block == BLOCK)
            rest = np.setdiff1d(own, first)
            differences.append(values[list(first)].mean() - values[rest].mean())
        return abs(float(np.mean(differences)))

    every = [
        list(combinations(np.flatnonzero(block == BLOCK), int(np.sum(LEVEL[block == BLOCK] == 0)))) for block in (0, 1)
    ]
    seen = statistic(tuple(tuple(np.flatnonzero((block == BLOCK) & (LEVEL == 0))) for block in (0, 1)))
    return float(np.mean([statistic(chosen) >= seen - 1e-12 for chosen in product(*every)]))


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_p_of_means_is_that_of_every_arrangement_within_blocks(shift: float) -> None:
    values = RNG.normal(size=10) + shift * LEVEL + 100 * BLOCK
    assert p_of_means(values, LEVEL, BLOCK, np.random.default_rng(1), 20_000) == pytest.approx(
        enumerated(values), abs=0.02
    )


def test_p_is_uniform_where_nothing_is_there_also_where_one_block_is_far_wider() -> None:
    rng = np.random.default_rng(2)
    found = [p_of_means(rng.normal(size=10) * (1 + 30 * BLOCK), LEVEL, BLOCK, rng, 199) for _ in range(600)]
    assert np.mean([p <= 0.1 for p in found if p is not None]) == pytest.approx(0.1, abs=0.04)


def test_a_spread_that_differs_is_found_and_one_that_does_not_is_not() -> None:
    rng = np.random.default_rng(3)
    level, block = np.tile(np.repeat([0, 1], 5), 4), np.repeat(np.arange(4), 10)

    def p(wide: float) -> float:
        curves = rng.normal(size=(40, 8)) * (1 + (wide - 1) * level[:, np.newaxis])
        cell = 2 * block + level
        centred = curves - np.array([np.median(curves[cell == c], axis=0) for c in cell])
        found = p_of_spreads(centred, level, block, rng, 199)
        assert found is not None
        return found

    assert np.mean([p(3.0) <= 0.05 for _ in range(20)]) > 0.9
    assert np.mean([p(1.0) <= 0.1 for _ in range(200)]) <= 0.15


def test_a_factor_without_two_levels_in_a_block_has_no_p() -> None:
    values = np.arange(4.0)
    assert p_of_means(values, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]), RNG, 99) is None
    assert p_of_spreads(values[:, np.newaxis], np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1]), RNG, 99) is None
    assert p_of_means(np.array([]), np.array([], int), np.array([], int), RNG, 99) is None


def test_the_same_seed_gives_the_same_p() -> None:
    values = RNG.normal(size=10)
    one, other = (p_of_means(values, LEVEL, BLOCK, np.random.default_rng(5), 499) for _ in range(2))
    assert one == other


def test_many_runs_get_fewer_permutations_but_never_under_999() -> None:
    assert [num_permutations(9999, n) for n in (24, 1000, 10**9)] == [9999, 5000, 999]


def test_pairs_alone_have_no_p_of_spreads() -> None:
    level, block = np.tile([0, 0, 1, 1], 4), np.repeat(np.arange(4), 4)
    half = np.random.default_rng(6).normal(size=(8, 5))
    centred = np.stack([half, -half], axis=1).reshape(16, 5)
    assert p_of_spreads(centred, level, block, RNG, 99) is None
