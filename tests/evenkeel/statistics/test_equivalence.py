"""What counts as nearly the same is declared, and shown only by a test."""

import numpy as np
import pytest

from evenkeel.statistics.equivalence import nearly_as_stable, nearly_equal
from evenkeel.statistics.means import difference_of_means
from evenkeel.statistics.spreads import p_of_wider

A, B = np.random.default_rng(0).normal(size=(2, 12))


def test_the_limit_lies_below_the_margin_just_if_p_is_small() -> None:
    found = nearly_as_stable(A, B, 2.0, worse=False)
    assert found.p == p_of_wider(A, B, 2.0)
    assert p_of_wider(A, B, found.high) == pytest.approx(0.05)
    assert (found.high < 2) == (found.p < 0.05)


def test_a_cell_that_breaks_more_often_is_not_nearly_as_stable_whatever_its_spread() -> None:
    assert nearly_as_stable(A / 100, B, 2.0, worse=True).p == 1


def test_the_90_percent_interval_lies_within_the_margin_just_if_p_is_small() -> None:
    low, high = difference_of_means(A, B).limits(0.05)
    for margin in (0.1, 0.5, 1.0, 2.0):
        found = nearly_equal(A, B, margin)
        assert (found.low, found.high) == (low, high)
        assert (found.p < 0.05) == (-margin < low and high < margin)


def test_without_noise_nothing_is_said() -> None:
    assert nearly_equal(np.ones(3), np.ones(3), 0.1).p is None
    assert nearly_as_stable(np.ones(1), B, 2.0, worse=False).p is None


def test_means_that_differ_by_the_margin_are_seldom_called_nearly_equal() -> None:
    rng = np.random.default_rng(1)
    claims = [nearly_equal(rng.normal(size=6) + 2, rng.normal(size=6), 2.0).p <= 0.05 for _ in range(500)]
    assert np.mean(claims) <= 0.05 + 3 * (0.05 * 0.95 / 500) ** 0.5
