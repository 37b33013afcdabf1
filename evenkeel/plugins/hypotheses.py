"""The hypotheses that a task was made to test, and the verdicts that its runs lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from evenkeel.result import about, result

if TYPE_CHECKING:
    from evenkeel.analysis.effects import Effects
    from evenkeel.analysis.summary import CellSummary


class Verdict(StrEnum):
    HOLDS = "holds"
    NOT = "does not hold"
    UNDECIDED = "undecided"
    UNKNOWN = "cannot be said"


@result
class Check:
    """One part of a finding, and the test behind it."""

    says: str = about("The numbers, and what the finding claims about them.")
    holds: bool | None = about(
        "True if a test shows what the finding claims, false if a test shows the opposite, null if neither is shown or "
        "a number is missing."
    )
    p: float | None = about(
        "p of the test whose small p shows what the finding claims; null if a number is missing or there is no test.",
        default=None,
    )


@dataclass(frozen=True)
class Finding:
    """A claim, and the checks that test it."""

    claim: str
    checks: list[Check]

    @property
    def verdict(self) -> Verdict:
        """The finding holds if each part of it is shown, and does not hold if the opposite of any part is shown.

        So each part may be tested at the full level: all of them have to be shown (an intersection-union test, Berger
        1982). The opposites are tested at a level that is corrected for their number.
        """
        if any(check.holds is False for check in self.checks):
            return Verdict.NOT
        if not self.checks or any(check.holds is None and check.p is None for check in self.checks):
            return Verdict.UNKNOWN
        return Verdict.HOLDS if all(check.holds for check in self.checks) else Verdict.UNDECIDED


@dataclass(frozen=True)
class Hypotheses:
    """The hypotheses that a task was made to test. A report checks them against the runs.

    Attributes:
        title: Their heading in a report.
        levels: factor -> the levels that the hypotheses are about.
        judge: A function that returns the findings. Its arguments are the cells of a summary of the default metric, and
            the effects of the factors over `levels`, which are None if there are no such cells.
        remarks: Sentences for the report, about the data and about the limits of the checks.
        source: Who stated them, such as "McInroe 2020"; "" if nobody did.
    """

    title: str
    levels: Mapping[str, Sequence[Any]]
    judge: Callable[[Sequence[CellSummary], Effects | None], Sequence[Finding]]
    remarks: tuple[str, ...] = ()
    source: str = ""
