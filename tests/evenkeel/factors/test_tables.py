"""The permutation tests of large grids agree with those of small ones."""

from itertools import combinations

import numpy as np
import pytest

from evenkeel.factors.level_contrasts import fours, pairs_of_levels, tetrads
from evenkeel.factors.permutation import p_of_interaction, p_of_means, p_of_spreads
from evenkeel.factors.seeds import Places
from evenkeel.factors.spreads import Spreads
from evenkeel.factors.studentised import t_values
from evenkeel.factors.table_tests import LogSpreads, t_of_contrasts
from evenkeel.factors.tables import UNITS, Turns, bundled, layout_of

PAIR, FOUR = np.array([1.0, -1.0]), np.array([1.0, -1.0, -1.0, 1.0])


def complete(blocks: int, seeds: int, levels: int, rng: np.random.Generator) -> Places:
    """A table without gaps. Its runs are in a random order."""
    block, seed, level = (each.reshape(-1) for each in np.indices((blocks, seeds, levels)))
    order = rng.permutation(len(block))
    return Places(level[order], block[order], seed[order], block[order])


@pytest.mark.parametrize("studentise", [True, False])
def test_t_of_a_table_is_that_of_its_runs(studentise: bool) -> None:
    rng = np.random.default_rng(0)
    places = complete(4, 5, 3, rng)
    values = rng.normal(size=60) + 100 * places.block
    layout = layout_of(places)
    assert layout is not None
    units = bundled(values, layout).reshape(1, -1, 3)
    pairs = np.array(list(combinations(range(3), 2)))
    found = t_of_contrasts(units, 5, pairs, PAIR, studentise)[0]
    expected = t_values(values[np.newaxis], places.cell, places.dependent, pairs_of_levels(places), studentise)[:, 0]
    if not studentise:
        found, expected = found / found[0], expected / expected[0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_t_of_two_factors_together_is_that_of_the_runs() -> None:
    rng = np.random.default_rng(1)
    places, values = complete(3, 4, 6, rng), rng.normal(size=72)
    factors = np.column_stack([places.level // 3, places.level % 3])
    layout = layout_of(places)
    assert layout is not None
    found = t_of_contrasts(bundled(values, layout).reshape(1, -1, 6), 4, fours(2, 3), FOUR, True)[0]
    expected = t_values(values[np.newaxis], places.cell, places.dependent, tetrads(places, factors))[:, 0]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_bundles_of_blocks_have_the_same_estimate_and_hold_a_cluster_together() -> None:
    rng = np.random.default_rng(2)
    places = complete(90, 10, 2, rng)
    places = Places(places.level, places.block, places.seed, places.block // 2)
    values, layout = rng.normal(size=1800), layout_of(places)
    assert layout is not None
    units = bundled(values, layout)
    assert units.shape == (UNITS // 10, 10, 2)
    difference = values[places.level == 0].mean() - values[places.level == 1].mean()
    assert (units[..., 0] - units[..., 1]).sum() / 10 == pytest.approx(difference)
    assert np.all(layout.bundle[::2] == layout.bundle[1::2])


def test_a_table_with_a_gap_is_none() -> None:
    places = complete(3, 4, 2, np.random.default_rng(3))
    assert layout_of(places.rows(np.arange(23))) is None
    doubled = Places(places.level, places.block, np.where(places.seed == 3, 2, places.seed), places.cluster)
    assert layout_of(doubled) is None


def test_every_level_comes_to_every_place_equally_often() -> None:
    rng = np.random.default_rng(4)
    turns = Turns.of(3, 4, rng)
    whose = turns.whose[turns.draw(8000, rng)]
    assert np.all(whose[0] == np.arange(4))
    assert np.all(np.sort(whose, axis=2) == np.arange(4))
    for value in range(4):
        np.testing.assert_allclose(np.mean(whose[1:] == value, axis=0), 0.25, atol=0.02)


def test_the_spreads_of_a_table_are_those_of_its_runs() -> None:
    rng = np.random.default_rng(5)
    places, curves = complete(6, 4, 3, rng), rng.normal(size=(72, 5))
    layout = layout_of(places)
    assert layout is not None
    found = LogSpreads.of(curves, layout).effects(np.broadcast_to(np.arange(3), (1, layout.units, 3)))
    expected = Spreads.of(places).statistic(curves, np.arange(72)[np.newaxis])
    assert np.sum(found[0] ** 2) == pytest.approx(float(expected[0]), rel=1e-4)


def p_values(shift: float, wide: float, rng: np.random.Generator, gap: bool = False) -> list[float | None]:
    """The p of a mean, of an interaction and of a spread in a large grid: 40 blocks x 15 seeds x 4 levels.

    The runs of a seed resemble each other. The last level is shifted and wide.
    """
    places = complete(40, 15, 4, rng)
    common = rng.normal(size=15)[places.seed]
    noise = rng.normal(size=(2400, 3)) * np.where(places.level == 3, wide, 1.0)[:, np.newaxis]
    values = common + noise[:, 0] + shift * (places.level == 3)
    factors, kept = np.column_stack([places.level // 2, places.level % 2]), np.arange(gap, 2400)
    places, values, noise, factors = places.rows(kept), values[kept], noise[kept], factors[kept]
    medians = np.array([np.median(noise[places.cell == cell], axis=0) for cell in range(160)])
    return [
        p_of_means(values, places, rng, 999),
        p_of_interaction(values, places, factors, rng, 999),
        p_of_spreads((noise - medians[places.cell]) / 3**0.5, places, rng, 999),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("gap", [False, True])
def test_a_large_grid_shows_a_small_effect(gap: bool) -> None:
    found = p_values(0.4, 1.15, np.random.default_rng(6), gap)
    assert all(p is not None and p <= 0.01 for p in found)


@pytest.mark.slow
def test_p_is_uniform_in_a_large_grid_where_nothing_is_there() -> None:
    rng = np.random.default_rng(7)
    found = np.array([p_values(0.0, 1.0, rng) for _ in range(50)], np.float64)
    assert np.all(np.mean(found <= 0.1, axis=0) <= 0.1 + 3 * (0.09 / 50) ** 0.5)
