"""Claims are made only if there are enough seeds."""

import numpy as np
import pytest

from evenkeel.statistics.evidence import evidence_level, inside_next, seeds_for_more


@pytest.mark.parametrize(
    ("n", "level", "more"),
    [(0, "traces", 3), (2, "traces", 3), (3, "descriptive", 5), (4, "descriptive", 5), (5, "intervals", 10),
     (9, "intervals", 10), (10, "full", None)],
)  # fmt: skip
def test_the_level_follows_the_seeds_and_names_the_next(n: int, level: str, more: int | None) -> None:
    assert (evidence_level(n), seeds_for_more(n)) == (level, more)


@pytest.mark.parametrize("n", [2, 3, 10])
def test_the_next_seed_falls_inside_the_band_as_often_as_is_said(n: int) -> None:
    draws = np.random.default_rng(n).exponential(size=(40_000, n + 1))
    inside = (draws[:, -1] >= draws[:, :-1].min(1)) & (draws[:, -1] <= draws[:, :-1].max(1))
    assert inside.mean() == pytest.approx(inside_next(n), abs=0.01)


def test_at_three_seeds_the_next_is_inside_as_often_as_not() -> None:
    assert inside_next(3) == 0.5
    assert inside_next(0) == inside_next(1) == 0.0
