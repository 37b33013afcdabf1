"""An answer says which runs it counts, and how."""

import math

import pytest

from evenkeel.analysis.wording.counted import final_called


@pytest.mark.parametrize(
    ("diverged", "worst", "said"),
    [
        (0, 0.0, "accuracy"),
        (1, 0.0, "accuracy (the diverged run counts as 0)"),
        (1200, -1.5, "accuracy (1,200 diverged runs count as -1.5)"),
        (3, math.inf, "accuracy (without 3 diverged runs)"),
    ],
)
def test_the_name_of_a_final_value_says_how_a_diverged_run_counts(diverged: int, worst: float, said: str) -> None:
    assert final_called("accuracy", diverged, worst) == said
