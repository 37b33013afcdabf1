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
    assert found.more.startswith(f"With {more} seeds there is more to say" if more else "")
    assert bool(found.more) == bool(more)


def test_a_seed_that_finished_twice_is_no_further_evidence() -> None:
    assert evidence_of([0, 1, 1]) == evidence_of([0, 1])


@pytest.mark.parametrize(
    ("finished", "waiting", "lost", "says"),
    [
        (2, 2, 0, "2 of the 4 seeds have not ended yet."),
        (
            0,
            1,
            0,
            "1 of 1 seed has not ended yet. With 3 seeds there is more to say: evenkeel add-seeds adds the missing 2.",
        ),
        (
            3,
            1,
            0,
            "1 of the 4 seeds has not ended yet. "
            "With 5 seeds there is more to say: evenkeel add-seeds adds the missing 1. Tests then need a smaller p.",
        ),
        (4, 0, 1, "1 of the 5 seeds failed or were cancelled; evenkeel retry queues them again."),
        (
            4,
            0,
            0,
            "With 5 seeds there is more to say: evenkeel add-seeds adds the missing 1. Tests then need a smaller p.",
        ),
        (10, 3, 1, ""),
    ],
)
def test_no_fewer_seeds_are_proposed_than_were_posted(finished: int, waiting: int, lost: int, says: str) -> None:
    ends = finished + waiting
    found = evidence_of(range(finished), waiting=range(finished, ends), lost=range(ends, ends + lost))
    assert found.more == says


def test_where_a_rule_adds_seeds_nobody_is_asked_to() -> None:
    assert evidence_of(range(3), growing=True).more == "The rule for seeds may add more."
