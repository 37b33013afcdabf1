"""Runs are paired by seed only where the data show that runs of one seed depend on each other."""

from dataclasses import replace

import numpy as np
import pytest

from evenkeel.factors.pairing import paired_if_dependent
from evenkeel.factors.permutation import p_of_means
from evenkeel.factors.seeds import Places

NUM_SEEDS = 6
# Two levels in each of two blocks; every cell has the same seeds.
LEVEL, BLOCK, SEED = (grid.reshape(-1) for grid in np.meshgrid([0, 1], [0, 1], range(NUM_SEEDS), indexing="ij"))
PLACES = Places(LEVEL, BLOCK, SEED, BLOCK)


def values(rho: float) -> np.ndarray:
    """Runs of one seed and block have the correlation rho."""
    rng = np.random.default_rng(5)
    common = rng.normal(size=(2, NUM_SEEDS))[BLOCK, SEED]
    return np.sign(rho) ** LEVEL * abs(rho) ** 0.5 * common + (1 - abs(rho)) ** 0.5 * rng.normal(size=len(LEVEL))


@pytest.mark.parametrize("rho", [0.9, -0.9])
def test_runs_of_a_seed_that_depend_on_each_other_stay_paired(rho: float) -> None:
    assert paired_if_dependent(values(rho), PLACES) is PLACES


def test_runs_of_a_seed_count_as_independent_if_nothing_shows_that_they_are_not() -> None:
    found = paired_if_dependent(values(0.0), PLACES)
    assert len(np.unique(found.seed)) == len(SEED)


def test_blocks_that_depend_on_each_other_stay_paired() -> None:
    places = replace(PLACES, cluster=np.zeros_like(BLOCK))
    assert paired_if_dependent(values(0.0), places) is places


def test_an_effect_in_one_block_alone_is_found_where_runs_are_independent() -> None:
    """Six pairs have 64 arrangements, so the p of pairs could not be under 2 / 64."""
    found = values(0.0) + 20.0 * LEVEL * BLOCK
    assert p_of_means(found, PLACES, np.random.default_rng(1), 1999) > 0.02
    assert p_of_means(found, paired_if_dependent(found, PLACES), np.random.default_rng(1), 1999) < 0.005
