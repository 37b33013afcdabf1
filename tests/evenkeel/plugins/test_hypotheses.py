"""A finding is as sure as its parts."""

import pytest

from evenkeel.plugins import Check, Finding, Verdict

SHOWN, OPPOSITE, OPEN, MISSING = Check("", True, 0.01), Check("", False, 0.99), Check("", None, 0.3), Check("", None)


@pytest.mark.parametrize(
    ("checks", "verdict"),
    [
        ([SHOWN, SHOWN], Verdict.HOLDS),
        ([SHOWN, OPEN], Verdict.UNDECIDED),
        ([OPEN, OPPOSITE], Verdict.NOT),
        ([MISSING, OPPOSITE], Verdict.NOT),
        ([SHOWN, MISSING], Verdict.UNKNOWN),
        ([], Verdict.UNKNOWN),
        ([Check("a part without a test", True)], Verdict.HOLDS),
    ],
)
def test_a_finding_holds_if_all_its_parts_are_shown_and_does_not_if_the_opposite_of_one_is(
    checks: list[Check], verdict: Verdict
) -> None:
    assert Finding("A claim.", checks).verdict is verdict
