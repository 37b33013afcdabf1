"""Bytes at random neither stop the API nor stay with it."""

from pathlib import Path

import pytest
from raw_fuzz import fuzz_raw, make_case

CASES = 60  # scripts/fuzz sends 1,000


@pytest.mark.stack
def test_bytes_at_random_are_answered_or_refused_and_leave_nothing_behind(tmp_path: Path) -> None:
    counts = fuzz_raw(tmp_path, CASES, seed=1)
    assert sum(counts.values()) >= CASES
    assert {key.partition(":")[0] for key in counts} == {
        *("request", "smuggling", "mutated", "noise", "flood", "pipeline"),
    }


def test_a_case_can_be_sent_again() -> None:
    cases = [make_case(7, number) for number in range(40)]
    assert cases == [make_case(7, number) for number in range(40)]
    assert len({case.data for case in cases}) > 30
    assert cases != [make_case(8, number) for number in range(40)]
