"""How tables write numbers and counts."""

from collections import Counter
from dataclasses import replace

import pytest
from summaries import summary_cell

from evenkeel.lab.progress import count_runs
from evenkeel.lab.status import Status
from evenkeel.plugins import Outcome
from evenkeel.reports.formats import evidence, number, value_range

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
