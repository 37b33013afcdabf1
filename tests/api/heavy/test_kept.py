"""Answers are kept until what they are about changes, and in a bounded number of bytes."""

import pytest

from api.heavy.kept import OVERHEAD_BYTES, Kept
from api.heavy.work import Answer


def answer(size: int) -> Answer:
    return Answer(200, [], b"x" * size)


def test_an_answer_is_kept_for_its_stamp_alone() -> None:
    kept, first, second = Kept(10_000), answer(1), answer(2)
    kept.put("q", "a", first)
    assert kept.get("q", "a") is first
    assert kept.get("q", "b") is None
    assert kept.get("r", "a") is None
    kept.put("q", "b", second)
    assert (kept.get("q", "a"), kept.get("q", "b")) == (None, second)


def test_no_more_is_kept_than_there_is_room_for_and_what_was_asked_for_last_stays() -> None:
    kept = Kept(2 * OVERHEAD_BYTES + 5_000)  # two of them
    kept.put("q", "a", answer(2_000))
    kept.put("r", "a", answer(2_000))
    assert kept.get("q", "a") is not None
    kept.put("s", "a", answer(2_000))
    assert [kept.get(question, "a") is not None for question in "qrs"] == [True, False, True]


def test_an_answer_that_is_larger_than_all_room_is_not_kept_and_the_others_stay() -> None:
    kept = Kept(10_000)
    kept.put("q", "a", answer(2_000))
    kept.put("r", "a", answer(10_000))
    assert [kept.get(question, "a") is not None for question in "qr"] == [True, False]


def test_a_reply_that_is_out_of_date_may_serve_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("api.heavy.kept.time.monotonic", lambda: now)
    kept = Kept(10_000)
    kept.put("question", 1, answer(10))
    assert kept.get("question", 2) is None
    now = 159.0
    assert kept.late("question", 60) == answer(10)
    now = 161.0
    assert kept.late("question", 60) is None
    assert kept.late("another", 60) is None
