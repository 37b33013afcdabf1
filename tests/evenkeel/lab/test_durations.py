"""Times are told with two units at most."""

import pytest

from evenkeel.lab.durations import duration


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (0.0, "0 s"),
        (0.84, "0.84 s"),
        (9.96, "10 s"),
        (119.4, "119 s"),
        (120, "2 min"),
        (3569, "59 min"),
        (3570, "1 h"),
        (3600 + 20 * 60, "1 h 20 min"),
        (86_399, "24 h"),
        (86_400 * 2 + 3 * 3600, "2 d 3 h"),
        (86_400 * 7, "7 d"),
    ],
)
def test_a_time_has_two_units_at_most(seconds: float, says: str) -> None:
    assert duration(seconds) == says
