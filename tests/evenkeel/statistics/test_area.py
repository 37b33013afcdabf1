"""The area under a curve."""

import numpy as np
import pytest
from scipy import stats

from evenkeel.statistics.area import describe_areas
from evenkeel.statistics.final import Intervals
from evenkeel.statistics.shares import share_intervals


def test_the_area_of_a_run_is_its_mean_over_the_epochs_and_has_students_interval() -> None:
    curves = np.array([[2.0, 1.0, 0.3], [1.8, 1.1, 0.1], [2.2, 0.7, 0.4], [1.0, 0.9, 0.8]])
    [found] = describe_areas(curves[np.newaxis])
    areas = curves.mean(axis=1)
    expected = stats.t.interval(0.95, 3, areas.mean(), stats.sem(areas))
    assert (found.n, found.mean) == (4, pytest.approx(areas.mean()))
    assert (found.low, found.high) == pytest.approx(expected)


def test_the_area_of_a_share_has_an_interval_on_the_logit_scale() -> None:
    curves = np.array([[0.5, 0.97, 0.99], [0.4, 0.98, 1.0], [0.7, 0.96, 0.98]])
    [found] = describe_areas(curves[np.newaxis], share=True)
    assert (found.low, found.high) == pytest.approx(share_intervals(curves.mean(axis=1))[:2])
    assert found.intervals is Intervals.LOGIT


def test_a_run_without_a_value_in_every_epoch_has_no_area() -> None:
    curves = np.array([[0.1, 0.5], [0.2, np.nan], [np.nan, np.nan]])
    [found] = describe_areas(curves[np.newaxis])
    assert (found.n, found.mean, found.low) == (1, pytest.approx(0.3), None)


def test_a_cell_without_an_epoch_has_no_area() -> None:
    [found] = describe_areas(np.empty((1, 3, 0)))
    assert (found.n, found.mean) == (0, None)
