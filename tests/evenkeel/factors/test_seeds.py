"""Runs of one seed are told from independent ones."""

import numpy as np
import pytest

from evenkeel.factors.seeds import Places, exchangeable, num_arrangements, together

CELLS = np.array([[a, b] for a in (0, 1) for b in (0, 1)])


def places(level: list[int], seed: list[int], block: list[int] | None = None) -> Places:
    number = np.array(block or [0] * len(level))
    return Places(np.array(level), number, np.array(seed), number)


def test_only_the_runs_of_one_seed_change_places_if_cells_share_seeds() -> None:
    group = exchangeable(places([0, 0, 1, 1], [7, 8, 8, 7]))
    assert group[0] == group[3]
    assert group[1] == group[2]
    assert group[0] != group[1]


def test_runs_whose_seeds_are_in_one_cell_only_change_places_with_each_other() -> None:
    group = exchangeable(places([0, 0, 0, 1, 1], [1, 2, 3, 1, 9]))
    assert group[0] == group[3]
    assert len({group[1], group[2], group[4]}) == 1
    assert group[1] != group[0]


def test_no_run_leaves_its_block() -> None:
    group = exchangeable(places([0, 1, 0, 1], [1, 2, 3, 4], [0, 0, 1, 1]))
    assert group[0] == group[1] != group[2] == group[3]


def test_arrangements_are_counted() -> None:
    paired, free = places([0, 0, 0, 1, 1, 1], [1, 2, 3, 1, 2, 3]), places([0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6])
    assert num_arrangements(exchangeable(paired), paired.cell) == pytest.approx(8)
    assert num_arrangements(exchangeable(free), free.cell) == pytest.approx(20)


def test_a_factor_whose_levels_resemble_each_other_is_named() -> None:
    rng = np.random.default_rng(1)
    index, seed = np.repeat(CELLS, 8, axis=0), np.tile(np.arange(8), 4)
    source = rng.normal(size=(2, 8))
    values = source[index[:, 0], seed] + 0.1 * rng.normal(size=32)
    assert together(values[:, np.newaxis], index, seed) == [[1], []]


def test_what_all_cells_of_a_seed_have_in_common_names_no_factor() -> None:
    rng = np.random.default_rng(2)
    index, seed = np.repeat(CELLS, 8, axis=0), np.tile(np.arange(8), 4)
    values = rng.normal(size=8)[seed] + 0.1 * rng.normal(size=32)
    assert together(values[:, np.newaxis], index, seed) == [[], []]
    assert together(values[:, np.newaxis], index, np.arange(32)) == [[], []]


def test_a_seed_that_does_the_same_to_a_level_everywhere_ties_all_blocks_of_this_factor() -> None:
    rng = np.random.default_rng(3)
    index, seed = np.repeat(CELLS, 8, axis=0), np.tile(np.arange(8), 4)
    values = rng.normal(size=8)[seed] * index[:, 0] + 0.1 * rng.normal(size=32)
    assert together(values[:, np.newaxis], index, seed)[0] == [1]
