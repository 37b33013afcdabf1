"""How much runs of one seed resemble each other in different cells."""

import numpy as np
import pytest

from evenkeel.factors.correlation import seed_correlation


def test_the_correlation_over_seeds_is_the_mean_over_pairs_of_cells() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(3, 5))
    cell, seed = np.repeat([0, 1, 2], 5), np.tile(np.arange(5), 3)
    residuals = (values - values.mean(axis=1, keepdims=True)).reshape(-1, 1)
    expected = np.mean([np.corrcoef(values[i], values[j])[0, 1] for i, j in ((0, 1), (0, 2), (1, 2))])
    assert seed_correlation(residuals, cell, seed) == pytest.approx(expected)


def test_no_correlation_is_told_where_there_is_none_to_compute() -> None:
    residuals, cell = np.array([[0.1], [-0.1], [0.2], [-0.2]]), np.array([0, 0, 1, 1])
    assert seed_correlation(residuals, cell, np.array([1, 2, 1, 2])) is None
    assert seed_correlation(residuals, cell, np.arange(4)) is None
    assert seed_correlation(np.zeros((6, 1)), np.repeat([0, 1], 3), np.tile(np.arange(3), 2)) is None
    assert seed_correlation(np.empty((0, 1)), np.array([], int), np.array([], int)) is None


def test_cells_that_lack_seeds_or_do_not_vary_count_only_where_they_can() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(size=(3, 6)), np.zeros((1, 6))])
    cell, seed = np.repeat(np.arange(4), 6), np.tile(np.arange(6), 4)
    kept = ~((cell == 2) & (seed == 5))
    residuals = np.concatenate([own - own.mean() for own in np.split(values.reshape(-1)[kept], [6, 12, 17])])
    pairs = [np.corrcoef(values[i, :n], values[j, :n])[0, 1] for i, j, n in ((0, 1, 6), (0, 2, 5), (1, 2, 5))]
    assert seed_correlation(residuals[:, np.newaxis], cell[kept], seed[kept]) == pytest.approx(np.mean(pairs))
