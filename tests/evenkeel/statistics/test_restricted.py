"""The restricted mean number of epochs to a threshold."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.statistics.intervals import rate_interval
from evenkeel.statistics.reaching import epochs_to_threshold, kaplan_meier
from evenkeel.statistics.restricted import bounded_mean_interval, restricted_mean

NEVER = np.inf


def test_the_mean_is_the_area_under_the_kaplan_meier_curve() -> None:
    epochs = np.array([3.0, 3.0, 5.0, 8.0, NEVER, NEVER])
    found = restricted_mean(epochs, 10)
    curve = kaplan_meier(np.minimum(epochs, 10), np.isfinite(epochs), 0.9).curve
    steps = np.diff([*curve.epoch, 10])
    assert found.mean == pytest.approx(float(np.sum(steps * curve.not_reached)))
    assert found.mean == pytest.approx((3 + 3 + 5 + 8 + 10 + 10) / 6)
    assert found.low < found.mean < found.high


@pytest.mark.parametrize(("k", "n"), [(0, 3), (1, 5), (4, 10), (10, 10)])
def test_for_values_at_the_ends_the_interval_is_clopper_and_pearsons(k: int, n: int) -> None:
    low, high = rate_interval(np.array([k]), np.array([n]))
    values = np.repeat([1.0, 0.0], [k, n - k])
    assert bounded_mean_interval(values, 0, 1) == pytest.approx((low[0], high[0]), abs=0.012)


def test_equal_runs_do_not_make_the_next_one_certain() -> None:
    found = restricted_mean(np.full(3, 4.0), 10)
    # The fourth part of the flat Dirichlet distribution is Beta(1, 3).
    assert found.high == pytest.approx(4 + 6 * stats.beta.ppf(0.975, 1, 3), abs=0.1)
    assert found.low == pytest.approx(4 - 3 * stats.beta.ppf(0.975, 1, 3), abs=0.1)


def test_the_interval_is_inside_the_training_and_the_same_in_any_order() -> None:
    epochs = np.array([NEVER, 1.0, 2.0, NEVER])
    found = restricted_mean(epochs, 10)
    assert 1 <= found.low <= found.high <= 10
    assert restricted_mean(epochs[::-1], 10) == found


def test_where_one_run_in_ten_never_arrives_the_interval_holds_with_few_runs() -> None:
    rng = np.random.default_rng(0)
    epochs = np.where(rng.uniform(size=(300, 5)) < 0.1, NEVER, np.clip(np.round(rng.normal(4, 1, (300, 5))), 1, 10))
    truth = np.minimum(np.where(rng.uniform(size=10**6) < 0.1, 10, np.round(rng.normal(4, 1, 10**6))), 10).mean()
    found = [restricted_mean(row, 10) for row in epochs]
    assert np.mean([each.low <= truth <= each.high for each in found]) >= 0.95


def test_there_is_no_mean_before_every_seed_has_ended() -> None:
    curves, ended = np.array([[0.1, 0.9], [0.2, 0.3]]), np.array([True, True])
    whole = epochs_to_threshold(curves, ended, 2, 0.5, True).restricted
    assert whole is not None
    assert whole.mean == 2
    assert epochs_to_threshold(curves, np.array([True, False]), 2, 0.5, True).restricted is None
    assert epochs_to_threshold(curves, ended, 2, 0.5, True, queued=1).restricted is None
    assert epochs_to_threshold(curves[:0], ended[:0], 2, 0.5, True).restricted is None
