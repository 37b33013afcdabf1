"""The evidence says what the seeds can show, and how many seeds would show more."""

import pytest

from evenkeel.analysis.facts import evidence_of


@pytest.mark.parametrize(
    ("n", "level", "more"),
    [(0, "traces", "3"), (2, "traces", "3"), (3, "descriptive", "5"), (4, "descriptive", "5"), (5, "intervals", "10"),
     (9, "intervals", "10"), (10, "full", "")],
)  # fmt: skip
def test_the_level_follows_the_seeds_and_names_the_next(n: int, level: str, more: str) -> None:
    found = evidence_of(range(n))
    assert (found.n, found.level) == (n, level)
    assert found.more.endswith(f"seeds = {more}." if more else "")
    assert bool(found.more) == bool(more)


def test_a_seed_that_finished_twice_is_no_further_evidence() -> None:
    assert evidence_of([0, 1, 1]) == evidence_of([0, 1])
