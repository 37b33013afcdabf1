"""A comparison says how sure it is, and it says so if the seeds are too few to tell."""

import numpy as np
import pytest

from evenkeel.analysis.wording.compare import comparison_says
from evenkeel.stability.compare import Sample, compare


def sample(*values: float) -> Sample:
    found = np.array(values, float)
    return Sample(found, found, 0, len(found))


def says(a: Sample, b: Sample) -> str:
    return comparison_says(compare(a, b, True), a, b, "one", "two")


def test_three_against_three_cannot_reach_005_and_says_so() -> None:
    said = says(sample(1.0, 2.0, 3.0), sample(4.0, 5.0, 6.0))
    assert said.startswith("A run of one is better than one of two with probability 0% (95 % interval 0% to ")
    assert said.endswith(". But 3 against 3 seeds cannot reach p = 0.05 (the smallest possible p is 0.1).")


def test_five_against_five_can() -> None:
    assert says(sample(*range(5)), sample(*range(5, 10))).endswith(" The exact test shows a difference (p = 0.0079).")
    assert "The exact test shows no difference" in says(sample(*range(5)), sample(*range(5)))


@pytest.mark.parametrize(("a", "b", "which"), [((), (0.5,), "one"), ((0.5,), (), "two"), ((), (), "one")])
def test_a_cell_without_a_value_is_named(a: tuple[float, ...], b: tuple[float, ...], which: str) -> None:
    assert says(sample(*a), sample(*b)) == f"No finished run of {which} has this metric."
