"""A value of a param is read by itself, so a level never depends on the other runs."""

import pytest

from evenkeel.importing.values import LONGEST, to_level, to_seed


@pytest.mark.parametrize(
    ("value", "level"),
    [
        ("64", 64),
        ("64.0", 64),
        ("6.4e1", 64),
        (64.0, 64),
        ("1e-3", 0.001),
        ("-0.0", 0),
        ("True", True),
        ("false", False),
        ("adam", "adam"),
        ("None", "None"),
        ("1_000", "1_000"),
        ("NaN", "nan"),
        (float("inf"), "inf"),
        ("-Infinity", "-infinity"),
        ("99999999999999999999", "99999999999999999999"),
        (10**20, "100000000000000000000"),
        ("null", None),
        (None, None),
        ("two\nlines\0", "two lines"),
        ("half \ud800", "half ?"),
    ],
)
def test_a_value_is_a_number_a_truth_or_a_word(value: object, level: object) -> None:
    found = to_level(value)
    assert (type(found), found) == (type(level), level)


def test_a_long_text_is_cut_and_still_tells_two_apart() -> None:
    one, other = to_level("a" * 6000), to_level("a" * 5999 + "b")
    assert one != other
    assert all(isinstance(level, str) and len(level) == LONGEST for level in (one, other))


@pytest.mark.parametrize(
    ("value", "seed"), [("7", 7), (7.0, 7), ("7.5", None), (-1, None), (True, None), ("x", None), (2**31, None)]
)
def test_a_seed_is_a_whole_number_that_the_store_can_hold(value: object, seed: int | None) -> None:
    assert to_seed(value, 2**31 - 1) == seed
