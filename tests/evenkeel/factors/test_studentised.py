"""A contrast of cell means is measured by its own standard error."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.factors.studentised import interval, t_values

RNG = np.random.default_rng(0)
CELL = np.repeat([0, 1], [4, 7])
VALUES = RNG.normal(size=11) * np.where(CELL, 1.0, 5.0)
DIFFERENCE = np.array([[1.0, -1.0]])


def test_two_independent_cells_give_welchs_t() -> None:
    found = t_values(VALUES[np.newaxis], CELL, np.arange(11), DIFFERENCE)
    assert found[0, 0] == pytest.approx(abs(stats.ttest_ind(VALUES[:4], VALUES[4:], equal_var=False).statistic))


def test_two_cells_with_the_same_seeds_give_the_paired_t() -> None:
    values, cell, seed = RNG.normal(size=10), np.repeat([0, 1], 5), np.tile(np.arange(5), 2)
    found = t_values(values[np.newaxis], cell, seed, DIFFERENCE)
    assert found[0, 0] == pytest.approx(abs(stats.ttest_rel(values[:5], values[5:]).statistic))


def test_the_interval_of_independent_cells_is_welchs() -> None:
    cluster, seed = np.zeros(11, int), np.arange(11)
    expected = stats.ttest_ind(VALUES[:4], VALUES[4:], equal_var=False).confidence_interval()
    assert interval(VALUES, CELL, cluster, seed, DIFFERENCE[0])[1:] == pytest.approx((expected.low, expected.high))


def test_the_interval_of_cells_with_the_same_seeds_is_that_of_the_paired_t() -> None:
    values, cell, seed = RNG.normal(size=10), np.repeat([0, 1], 5), np.tile(np.arange(5), 2)
    expected = stats.ttest_rel(values[:5], values[5:]).confidence_interval()
    found = interval(values, cell, np.zeros(10, int), seed, DIFFERENCE[0])
    assert found[1:] == pytest.approx((expected.low, expected.high))


def test_a_cell_with_one_run_counts_with_the_variance_of_the_others() -> None:
    values, cell = np.append(VALUES, 9.0), np.append(CELL, 2)
    pooled = (3 * VALUES[:4].var(ddof=1) + 6 * VALUES[4:].var(ddof=1)) / 9
    found = t_values(values[np.newaxis], cell, np.arange(12), np.array([[1.0, 0.0, -1.0]]))
    error = np.sqrt(VALUES[:4].var(ddof=1) / 4 + pooled)
    assert found[0, 0] == pytest.approx(abs(VALUES[:4].mean() - 9) / error)


def test_nothing_is_nan_where_no_cell_has_two_runs_or_all_are_equal() -> None:
    single = t_values(np.array([[1.0, 2.0]]), np.array([0, 1]), np.arange(2), DIFFERENCE)
    equal = t_values(np.ones((1, 6)), np.repeat([0, 1], 3), np.arange(6), DIFFERENCE)
    apart = t_values(np.repeat([[0.0, 1.0]], 3, axis=1), np.repeat([0, 1], 3), np.arange(6), DIFFERENCE)
    assert np.isfinite([single, equal, apart]).all()
    estimate, low, high = interval(
        np.repeat([0.0, 1.0], 3), np.repeat([0, 1], 3), np.zeros(6, int), np.arange(6), DIFFERENCE[0]
    )
    assert estimate == -1
    assert np.isnan([low, high]).all()


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_the_interval_covers_in_the_world_of_a_noisy_level_with_few_runs(rho: float) -> None:
    rng, held = np.random.default_rng(1), []
    sizes = [3, 10] * 4
    cell = np.repeat(np.arange(8), sizes)
    seed = np.concatenate([np.arange(n) for n in sizes])
    ways = np.tile([0.25, -0.25], 4)
    for _ in range(1000):
        common, own = rng.normal(size=10)[seed], rng.normal(size=len(cell))
        values = np.where(cell % 2 == 0, 4.0, 1.0) * (rho**0.5 * common + (1 - rho) ** 0.5 * own)
        dependent = cell // 2
        _, low, high = interval(values, cell, dependent if rho == 0 else np.zeros_like(cell), seed, ways)
        held.append(low <= 0 <= high)
    assert np.mean(held) >= 0.93
