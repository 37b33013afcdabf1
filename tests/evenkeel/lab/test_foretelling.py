"""The time of a shape that was never measured follows from the multiplications of an epoch, and from near shapes."""

from math import log

import pytest

from evenkeel.lab.foretelling import SLOPE, Known, likely_pace
from evenkeel.lab.paces import Pace

SMALL = Known({"net": "a", "size": 1}, 1_000, Pace((1.0, 2.0, 3.0), 0.5, frozenset({"one"})))
LARGE = Known({"net": "a", "size": 9}, 9_000, Pace((8.0, 9.0, 9.0), 1.5, frozenset({"two"})))
OTHER = Known({"net": "b", "size": 9}, 9_000, Pace((70.0, 70.0, 70.0), 1.5, frozenset({"three"})))


def test_from_one_shape_more_multiplications_take_longer_but_not_in_proportion() -> None:
    pace = likely_pace({"net": "a", "size": 2}, 4_000, [SMALL])
    low, likely, high = pace.seconds
    assert likely == pytest.approx(2.0 * 4**SLOPE)
    assert 2.0 < likely < 8.0
    assert likely / low == pytest.approx(high / likely)
    assert (pace.start_seconds, pace.runs) == (0.5, {"one"})


def test_a_shape_between_two_measured_ones_takes_a_time_between_theirs() -> None:
    pace = likely_pace({"net": "a", "size": 3}, 3_000, [SMALL, LARGE])
    assert 2.0 < pace.seconds[1] < 9.0
    assert (pace.start_seconds, pace.runs) == (1.0, {"one", "two"})


def test_the_nearest_shape_counts_most_and_one_with_the_same_levels_is_nearer() -> None:
    of_a = likely_pace({"net": "a", "size": 8}, 8_000, [LARGE, OTHER]).seconds[1]
    of_b = likely_pace({"net": "b", "size": 8}, 8_000, [LARGE, OTHER]).seconds[1]
    assert abs(log(of_a / 9.0)) < abs(log(of_a / 70.0))
    assert abs(log(of_b / 70.0)) < abs(log(of_b / 9.0))


def test_the_range_is_wider_for_a_farther_shape_and_if_only_one_was_measured() -> None:
    def width(amount: int, *known: Known) -> float:
        low, _, high = likely_pace({"net": "a", "size": 5}, amount, known).seconds
        return high / low

    assert width(10_000, SMALL, LARGE) < width(100_000, SMALL, LARGE) < width(10_000_000, SMALL, LARGE)
    assert width(100, SMALL) > width(100, SMALL, LARGE)
