"""A mean that is called known lies within the half-width, although the rule looks again after each seed."""

import numpy as np
import pytest
from scipy.stats import t

from evenkeel.statistics.final import describe_finals
from evenkeel.statistics.fixed_width import FEWEST, is_known

MOST = 9
CELLS = np.random.default_rng(0).normal(size=(800, MOST))


def called_known(half_width: float) -> tuple[float, float]:
    """The share of cells that the rule calls known, and the share that it calls known although the mean is off."""
    going, known, wrong = np.ones(len(CELLS), bool), 0, 0
    for n in range(2, MOST + 1):
        for cell, final in zip(np.flatnonzero(going), describe_finals(CELLS[going, :n]), strict=True):
            if is_known(final, half_width):
                going[cell] = False
                known += 1
                wrong += abs(float(CELLS[cell, :n].mean())) > half_width
    return known / len(CELLS), wrong / len(CELLS)


@pytest.mark.parametrize(("half_width", "often"), [(0.6, 0.05), (0.8, 0.3), (1.0, 0.6)])
def test_few_cells_are_called_known_whose_mean_is_off(half_width: float, often: float) -> None:
    known, wrong = called_known(half_width)
    assert known > often
    assert wrong <= 0.03


def test_the_98_percent_interval_has_to_fit_and_five_seeds_are_the_fewest() -> None:
    values = CELLS[:1, :6]
    [final] = describe_finals(values)
    side = float(t.ppf(0.99, 5) * values.std(ddof=1) / 6**0.5)
    assert is_known(final, side * 1.0001)
    assert not is_known(final, side * 0.9999)
    assert not any(is_known(describe_finals(CELLS[:1, :n])[0], 1e6) for n in range(1, FEWEST))


def test_equal_seeds_are_not_known_to_stay_equal() -> None:
    [final] = describe_finals(np.full((1, 8), 0.5))
    assert not is_known(final, 0.1)
