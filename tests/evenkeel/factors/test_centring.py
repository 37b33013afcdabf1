"""The spread of a cell is not biased by its number of runs, however much its epochs resemble each other."""

import numpy as np
import pytest

from evenkeel.factors.centring import biases, centre, effective_epochs

CELL = np.repeat(np.arange(4), [3, 10, 3, 10])


@pytest.mark.slow
@pytest.mark.parametrize("alike", [0.0, 0.9, 1.0])
def test_the_log_spread_of_three_runs_is_right_on_average_as_that_of_ten_is(alike: float) -> None:
    rng, off = np.random.default_rng(0), []
    for _ in range(1000):
        common, own = rng.normal(size=(26, 1)), rng.normal(size=(26, 6))
        curves = (alike**0.5 * common + (1 - alike) ** 0.5 * own) * np.array([1, 5, 2, 0.1])[CELL][:, np.newaxis]
        rows, log_spread = centre(curves, CELL, 4)
        found = log_spread - biases(np.array([3, 10, 3, 10]), effective_epochs(rows, CELL, 4))
        off.append(found - np.log([1, 5, 2, 0.1]))
    # Uncorrected, three runs with equal epochs are 0.29 too low.
    assert np.mean(off, axis=0) == pytest.approx(np.zeros(4), abs=0.07)


def test_epochs_that_repeat_each_other_count_as_one() -> None:
    curves = np.random.default_rng(1).normal(size=(26, 1)) @ np.ones((1, 6))
    assert effective_epochs(centre(curves, CELL, 4)[0], CELL, 4) == pytest.approx(1)


def test_without_runs_there_is_nothing_to_measure() -> None:
    assert effective_epochs(np.empty((0, 0)), np.array([], np.int64), 4) == 1
