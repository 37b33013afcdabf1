"""Epochs to a threshold agree with SciPy's survival function and with exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from evenkeel.statistics.reaching import Steps, epochs_to_threshold, first_reached, kaplan_meier

RUNS = st.lists(st.tuples(st.integers(1, 9), st.booleans()), min_size=1, max_size=12)


@given(RUNS)
def test_the_curve_is_scipys(runs: list[tuple[int, bool]]) -> None:
    epochs, reached = np.array([e for e, _ in runs], float), np.array([r for _, r in runs])
    found = kaplan_meier(epochs, reached, threshold=0.9)
    survival = ecdf(CensoredData(uncensored=epochs[reached], right=epochs[~reached])).sf
    for epoch, share in zip(found.curve.epoch[1:], found.curve.not_reached[1:], strict=True):
        assert share == pytest.approx(float(survival.evaluate(epoch)), abs=1e-12)
    assert found.reached == reached.sum()


def test_half_of_the_runs_is_half_however_the_shares_are_rounded() -> None:
    # In floating point, 6/7 * 5/6 * ... ends a little above its exact value.
    wrong = []
    for n in range(1, 60):
        left, half = Fraction(1), None
        for epoch in range(1, n + 1):
            left *= Fraction(n - epoch, n - epoch + 1)
            half = epoch if half is None and left <= Fraction(1, 2) else half
        found = kaplan_meier(np.arange(1.0, n + 1), np.ones(n, bool), threshold=0.9)
        wrong += [n] if found.median_epoch != half else []
    assert wrong == []


def test_the_median_counts_the_runs_that_never_get_there() -> None:
    curves = np.array([[0.1, 0.95, 0.95], [0.1, 0.2, 0.3], [0.2, 0.3, 0.4]])
    found = epochs_to_threshold(curves, np.ones(3, bool), 3, 0.9, higher_is_better=True)
    assert (found.reached, found.n, found.median_epoch) == (1, 3, None)
    assert found.curve == Steps(epoch=[0, 2], not_reached=[1.0, pytest.approx(2 / 3)])


def test_a_diverged_run_stays_at_risk_to_the_end() -> None:
    curves = np.array([[0.1, np.nan, np.nan], [0.1, 0.2, 0.95]])
    found = epochs_to_threshold(curves, np.ones(2, bool), 3, 0.9, higher_is_better=True)
    assert found.curve.not_reached == [1.0, 0.5]


def test_a_run_still_training_is_censored_where_it_stands() -> None:
    curves = np.array([[0.1, np.nan, np.nan], [0.1, 0.2, 0.95]])
    found = epochs_to_threshold(curves, np.array([False, True]), 3, 0.9, higher_is_better=True)
    assert found.curve.not_reached == [1.0, 0.0]


def test_a_loss_reaches_a_threshold_from_above() -> None:
    curves = np.array([[2.0, 1.0, 0.4], [2.0, 1.0, np.nan]])
    assert first_reached(curves, 0.5, higher_is_better=False).tolist()[0] == 3
    assert np.isnan(first_reached(curves, 0.5, higher_is_better=False)[1])


def test_no_run_and_no_epoch_are_no_fault() -> None:
    found = epochs_to_threshold(np.empty((0, 0)), np.array([], bool), 5, 0.9, higher_is_better=True)
    assert (found.n, found.reached, found.median_epoch) == (0, 0, None)
