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
    IN_PART = "holds in part"
    NOT = "does not hold"
    UNKNOWN = "cannot be said"


@result
class Check:
    """One comparison of numbers."""

    says: str = about("The numbers, and what the finding claims about them.")
    holds: bool | None = about("Whether the numbers agree with the finding; null if a number is missing.")


@dataclass(frozen=True)
class Finding:
    """A claim, and the checks that test it."""

    claim: str
    checks: list[Check]

    @property
    def verdict(self) -> Verdict:
        held = [check.holds for check in self.checks]
        if not held or None in held:
            return Verdict.UNKNOWN
        return Verdict.HOLDS if all(held) else Verdict.IN_PART if any(held) else Verdict.NOT


@dataclass(frozen=True)
class Hypotheses:
    """The hypotheses that a task was made to test. A report checks them against the runs.

    Attributes:
        title: Their heading in a report.
        levels: factor -> the levels that the hypotheses are about.
        judge: A function that returns the findings. Its arguments are the cells of a summary of the default metric, and
            the effects of the factors over `levels`, which are None if there are no such cells.
        remarks: Sentences for the report, about the data and about the limits of the checks.
    """

    title: str
    levels: Mapping[str, Sequence[Any]]
    judge: Callable[[Sequence[CellSummary], Effects | None], Sequence[Finding]]
    remarks: tuple[str, ...] = ()
