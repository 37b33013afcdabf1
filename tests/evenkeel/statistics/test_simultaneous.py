"""The band that holds for the whole mean curve."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit

from evenkeel.statistics.simultaneous import critical_value, mean_band


def walks(rng: np.random.Generator, shape: tuple[int, int, int], rho: float) -> np.ndarray:
    """(num_cells, num_runs, num_epochs): normal curves in which neighbouring epochs correlate by rho."""
    curves = rng.normal(size=shape)
    for epoch in range(1, shape[2]):
        curves[..., epoch] = rho * curves[..., epoch - 1] + (1 - rho**2) ** 0.5 * curves[..., epoch]
    return curves


def test_a_single_epoch_has_students_interval() -> None:
    values = np.array([0.3, 0.5, 0.1, 0.4])
    found = mean_band(values[:, np.newaxis])
    expected = stats.t.interval(0.95, 3, values.mean(), stats.sem(values))
    assert (found.low[0], found.high[0]) == pytest.approx(expected)


def test_epochs_that_are_all_alike_cost_nothing_and_epochs_with_nothing_in_common_cost_bonferroni() -> None:
    run = np.array([0.3, 0.5, 0.1, 0.4, 0.9])
    alike = np.tile((run - run.mean())[:, np.newaxis], 20)
    assert critical_value(alike) == pytest.approx(stats.t.isf(0.025, 4))
    apart = np.linalg.qr(np.column_stack([np.ones(5), np.random.default_rng(0).normal(size=(5, 4))]))[0][:, 1:]
    assert critical_value(apart) == pytest.approx(stats.t.isf(0.025 / 4, 4))


@pytest.mark.parametrize(("n", "rho"), [(3, 0.5), (5, 0.9), (10, 0.99)])
def test_the_band_holds_the_whole_mean_curve_in_95_percent(n: int, rho: float) -> None:
    cells = walks(np.random.default_rng(n), (1000, n, 10), rho)
    found = [mean_band(curves) for curves in cells]
    held = [np.all((np.array(each.low) <= 0) & (np.array(each.high) >= 0)) for each in found]
    assert np.mean(held) >= 0.94 - 2 * (0.05 * 0.95 / 1000) ** 0.5


def test_near_the_ceiling_the_band_of_a_share_holds_too_and_stays_inside() -> None:
    rng = np.random.default_rng(1)
    centre = np.linspace(0, 3.9, 10)
    truth = expit(centre + rng.normal(size=(200_000, 1))).mean(axis=0)
    cells = expit(centre + walks(rng, (400, 5, 10), 0.7))
    low, high = np.array([(each.low, each.high) for each in (mean_band(cell, share=True) for cell in cells)]).swapaxes(
        0, 1
    )
    assert np.mean(np.all((low <= truth) & (truth <= high), axis=1)) >= 0.93
    assert low.min() >= 0
    assert high.max() <= 1


def test_where_all_runs_are_equal_there_is_a_mean_but_no_band() -> None:
    found = mean_band(np.array([[0.1, 0.5, 1.0], [0.1, 0.6, 1.0], [0.1, 0.9, 1.0]]), share=True)
    assert found.mean == pytest.approx([0.1, 2 / 3, 1.0])
    assert [end is None for end in found.low] == [True, False, True]


def test_the_band_reaches_to_an_end_where_a_run_lies() -> None:
    found = mean_band(np.array([[0.0, 0.5], [0.1, 0.6], [0.2, 1.0]]), share=True)
    assert (found.low[0], found.high[1]) == (0, 1)


def test_two_runs_have_a_mean_curve_and_no_band() -> None:
    found = mean_band(np.array([[0.1, 0.5], [0.3, 0.7]]))
    assert (found.n, found.mean, found.low) == (2, pytest.approx([0.2, 0.6]), [None, None])
    assert mean_band(np.empty((0, 4))).mean == []


def test_values_that_are_too_large_to_square_have_no_band() -> None:
    assert mean_band(np.array([[1e300], [2e300], [3e300]])).low == [None]
