"""Permutation tests within blocks agree with counting every arrangement."""

from itertools import combinations, product

import numpy as np
import pytest

from evenkeel.factors.permutation import (
    num_permutations,
    p_of_interaction,
    p_of_means,
    p_of_spreads,
)
from evenkeel.factors.seeds import Places
from evenkeel.factors.shuffling import Shuffling, with_enough_arrangements

LEVEL = np.array([0, 0, 0, 1, 1, 1, 0, 0, 1, 1])
BLOCK = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1])
RNG = np.random.default_rng(0)


def alone(level: np.ndarray, block: np.ndarray) -> Places:
    """Every run has a seed of its own."""
    return Places(level, block, np.arange(len(level)), block)


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
    assert p_of_means(values, alone(LEVEL, BLOCK), np.random.default_rng(1), 20_000, studentise=False) == pytest.approx(
        enumerated(values), abs=0.02
    )


@pytest.mark.slow
def test_p_is_uniform_where_nothing_is_there_also_where_one_block_is_far_wider() -> None:
    rng = np.random.default_rng(2)
    found = [p_of_means(rng.normal(size=10) * (1 + 30 * BLOCK), alone(LEVEL, BLOCK), rng, 199) for _ in range(600)]
    assert np.mean([p <= 0.1 for p in found if p is not None]) == pytest.approx(0.1, abs=0.04)


@pytest.mark.slow
def test_a_spread_that_differs_is_found_and_one_that_does_not_is_not() -> None:
    rng = np.random.default_rng(3)
    level, block = np.tile(np.repeat([0, 1], 5), 4), np.repeat(np.arange(4), 10)

    def p(wide: float) -> float:
        curves = rng.normal(size=(40, 8)) * (1 + (wide - 1) * level[:, np.newaxis])
        cell = 2 * block + level
        centred = curves - np.array([np.median(curves[cell == c], axis=0) for c in cell])
        found = p_of_spreads(centred, alone(level, block), rng, 199)
        assert found is not None
        return found

    assert np.mean([p(3.0) <= 0.05 for _ in range(20)]) > 0.9
    assert np.mean([p(1.0) <= 0.1 for _ in range(200)]) <= 0.15


def test_a_factor_without_two_levels_in_a_block_has_no_p() -> None:
    values = np.arange(4.0)
    assert p_of_means(values, alone(np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1])), RNG, 99) is None
    assert p_of_spreads(values[:, np.newaxis], alone(np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])), RNG, 99) is None
    assert p_of_means(np.array([]), alone(np.array([], int), np.array([], int)), RNG, 99) is None


def test_the_same_seed_gives_the_same_p() -> None:
    values = RNG.normal(size=10)
    one, other = (p_of_means(values, alone(LEVEL, BLOCK), np.random.default_rng(5), 499) for _ in range(2))
    assert one == other


def test_many_runs_get_fewer_permutations_but_never_under_999() -> None:
    assert [num_permutations(9999, n) for n in (24, 1000, 10**9)] == [9999, 2000, 999]


def test_pairs_alone_have_no_p_of_spreads() -> None:
    level, block = np.tile([0, 0, 1, 1], 4), np.repeat(np.arange(4), 4)
    half = np.random.default_rng(6).normal(size=(8, 5))
    centred = np.stack([half, -half], axis=1).reshape(16, 5)
    assert p_of_spreads(centred, alone(level, block), RNG, 99) is None


def grid(sizes: list[int], blocks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(level, block, seed) of a grid whose cells have the seeds 0, 1, ..."""
    level = np.tile(np.repeat(np.arange(len(sizes)), sizes), blocks)
    block = np.repeat(np.arange(blocks), sum(sizes))
    return level, block, np.tile(np.concatenate([np.arange(n) for n in sizes]), blocks)


def test_a_shared_seed_is_paired_so_that_what_the_seeds_have_in_common_hides_no_effect() -> None:
    rng = np.random.default_rng(10)
    level, block, seed = grid([5, 5], 4)
    places = Places(level, block, seed, block)

    def p(own: Places) -> float:
        common, noise = rng.normal(size=(4, 5))[block, seed], rng.normal(size=40)
        found = p_of_means(0.9**0.5 * common + 0.1**0.5 * noise + 0.5 * level, own, rng, 199)
        assert found is not None
        return found

    paired, unpaired = (np.mean([p(own) <= 0.05 for _ in range(60)]) for own in (places, alone(level, block)))
    assert paired > 0.9
    assert unpaired < 0.6


@pytest.mark.slow
@pytest.mark.parametrize("shared", [False, True])
def test_a_noisy_level_with_few_runs_does_not_pass_for_an_effect(shared: bool) -> None:
    rng = np.random.default_rng(11)
    level, block, seed = grid([3, 10], 4)
    places = Places(level, block, seed, block) if shared else alone(level, block)
    found = [p_of_means(rng.normal(size=52) * np.where(level, 1.0, 4.0), places, rng, 199) for _ in range(500)]
    # At a rate of 5 %, more than 8 % of 500 is seen less than once in 400 times. Unstudentised, it is over 25 %.
    assert np.mean([p is not None and p <= 0.05 for p in found]) <= 0.08


def test_pairing_is_given_up_where_it_could_never_reach_the_level() -> None:
    level, block, seed = grid([3, 3], 1)
    few = with_enough_arrangements(Places(level, block, seed, block), 0.05)
    assert len(np.unique(few.seed)) == 6
    level, block, seed = grid([3, 3], 4)
    assert np.array_equal(with_enough_arrangements(Places(level, block, seed, block), 0.05 / 3).seed, seed)


def crossed(seeds: int) -> tuple[np.ndarray, Places]:
    """(levels of two factors, places) of a grid of 2 x 2 cells in two blocks of a third factor."""
    index = np.array([[a, b, c] for c in (0, 1) for a in (0, 1) for b in (0, 1) for _ in range(seeds)])
    seed = np.tile(np.arange(seeds), 8)
    return index[:, :2], Places(2 * index[:, 0] + index[:, 1], index[:, 2], seed, index[:, 2])


def test_a_crossover_is_found_although_neither_factor_has_an_effect_on_the_whole() -> None:
    rng = np.random.default_rng(12)
    factors, places = crossed(3)
    values = rng.normal(size=24) + 3.0 * (factors[:, 0] == factors[:, 1])
    p = p_of_interaction(values, places, factors, rng, 999)
    assert p is not None
    assert p <= 0.005


@pytest.mark.slow
@pytest.mark.parametrize("wide", [1.0, 4.0])
@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_factors_that_do_not_interact_are_seldom_said_to(wide: float, rho: float) -> None:
    rng = np.random.default_rng(13)
    factors, places = crossed(3)
    scale, found = np.where(factors[:, 0], wide, 1.0), []
    for _ in range(500):
        common, own = rng.normal(size=3)[places.seed], rng.normal(size=24)
        values = scale * (rho**0.5 * common + (1 - rho) ** 0.5 * own) + 2.0 * factors.sum(axis=1)
        found.append(p_of_interaction(values, places, factors, rng, 199))
    assert np.mean([p is not None and p <= 0.05 for p in found]) <= 0.08


def test_cells_of_one_run_have_no_p_of_an_interaction() -> None:
    factors, places = crossed(1)
    assert p_of_interaction(np.arange(8.0), places, factors, RNG, 99) is None


def test_three_levels_and_missing_cells_give_a_p() -> None:
    level, block, seed = grid([3, 3, 3], 3)
    kept = ~((block == 1) & (level == 2)) & ~((block == 0) & (level == 1) & (seed > 0))
    places = Places(level, block, seed, block).rows(kept)
    p = p_of_means(RNG.normal(size=kept.sum()) + 9.0 * (level[kept] == 2), places, np.random.default_rng(1), 499)
    assert p is not None
    assert p <= 0.01


def test_the_blocks_of_a_cluster_are_shuffled_in_the_same_way() -> None:
    level, block, seed = grid([4, 4], 2)
    order = Shuffling.together(Places(level, block, seed, np.zeros(16, int))).draw(np.random.default_rng(2), 50)
    assert np.array_equal(order[:, 8:], order[:, :8] + 8)
    assert len(np.unique(order[:, :8], axis=0)) > 10
    assert np.array_equal(seed[order], np.tile(seed, (51, 1)))
    apart = Shuffling.together(Places(level, block, seed, block)).draw(np.random.default_rng(2), 50)
    assert not np.array_equal(apart[:, 8:], apart[:, :8] + 8)


@pytest.mark.slow
def test_blocks_that_copy_each_other_are_one_witness_of_divergence() -> None:
    rng = np.random.default_rng(14)
    level, block, seed = grid([8, 8], 4)

    def p(cluster: np.ndarray) -> float:
        bad = (rng.uniform(size=(2, 8)) < 0.4).astype(float)[level, seed]
        found = p_of_means(bad, Places(level, block, seed, cluster), rng, 199, studentise=False)
        return 1.0 if found is None else found

    tied, apart = (np.mean([p(cluster) <= 0.05 for _ in range(200)]) for cluster in (np.zeros(64, int), block))
    assert tied <= 0.1
    assert apart > 0.2
