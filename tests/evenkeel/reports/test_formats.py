"""How tables write numbers and counts."""

from collections import Counter
from dataclasses import replace

import pytest
from summaries import summary_cell

from evenkeel.plugins import Outcome
from evenkeel.records.progress import count_runs
from evenkeel.records.status import Status
from evenkeel.reports.formats import (
    Interval,
    evidence,
    intervals,
    number,
    p_value,
    ratio_with_interval,
    short,
    value_range,
    with_interval,
)

CELL = summary_cell("yolo", "none", "he", [[0.1, 0.5], [0.2, 0.6]])


@pytest.mark.parametrize(
    ("value", "digits", "shown"), [(None, 3, "-"), (0.12345, 3, "0.123"), (0.5, 2, "0.50"), (123456.0, 3, "1.23e+05")]
)
def test_a_number_is_short_and_an_unknown_one_a_dash(value: float | None, digits: int, shown: str) -> None:
    assert number(value, digits) == shown


def test_runs_are_counted_of_all_and_what_came_to_nothing_is_named() -> None:
    assert evidence(CELL) == ("2/2", "-")
    cell = summary_cell("yolo", "none", "he", [[0.1, 0.5], [0.2]], {1: 2})
    counts = Counter({(Status.FINISHED, Outcome.DIVERGED): 1, (Status.FINISHED, Outcome.CONVERGED): 1})
    counts[Status.FAILED, None] = 2
    assert evidence(replace(cell, num_runs=count_runs(counts))) == ("2/4", "1 div 2 fail")


def test_a_range_is_from_the_lowest_to_the_highest() -> None:
    assert value_range(CELL.final) == "0.500-0.600"
    assert value_range(summary_cell("yolo", "none", "he", []).final) == "-"


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "-"), (0.0, "0"), (0.00123, "0.00123"), (12.345, "12.3"), (1234.0, "1,234"), (4.5e6, "4.5e+06")],
)
def test_a_short_number_is_written_as_a_person_writes_it(value: float | None, shown: str) -> None:
    assert short(value) == shown


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        ((0.9621, 0.9507, 0.9723), "0.962 (0.951 to 0.972)"),
        ((0.00123, 0.0011, 0.0014), "0.00123 (0.00110 to 0.00140)"),
        ((2.5, None, 4.0), "2.5 (any to 4.0)"),
        ((2.5, None, None), "2.50"),
        ((None, None, None), "-"),
        ((0.5, 0.5, 0.5), "0.500 (0.500 to 0.500)"),
    ],
)
def test_an_interval_has_the_digits_that_its_width_allows(found: Interval, shown: str) -> None:
    assert with_interval(*found) == shown


def test_a_column_of_intervals_has_the_same_digits_in_each_row() -> None:
    found = intervals([(0.9621, 0.9507, 0.9723), (0.7, 0.6, 0.8), (0.51, None, None)])
    assert found == ["0.962 (0.951 to 0.972)", "0.700 (0.600 to 0.800)", "0.510"]


def test_the_ends_of_a_ratio_have_digits_of_their_own() -> None:
    assert ratio_with_interval(21.4, 1.09, 3590.0) == "21 (1.1 to 3,590)"
    assert ratio_with_interval(1.0, 0.00486, None) == "1.0 (0.0049 to any)"
    assert ratio_with_interval(None, None, None) == "-"


def test_p_is_never_rounded_to_zero() -> None:
    assert [p_value(p) for p in (None, 0.00004, 0.0312)] == ["-", "<0.001", "0.031"]
