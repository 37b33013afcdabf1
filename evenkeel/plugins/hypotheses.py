"""What a task was made to test, and what the runs say of it."""

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

    says: str = about("The numbers, and what the finding says of them.")
    holds: bool | None = about("Whether they come out as the finding says; null where a number is missing.")


@dataclass(frozen=True)
class Finding:
    """A claim, and the checks that it was put to."""

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
    """What a task was made to test; a report puts it to the runs.

    title: its heading in a report. levels: factor -> the levels that they are about. judge: the findings, over
    the cells of a summary of the default metric and the effects of those levels (None where there are no such cells).
    remarks: sentences for the report, on the data and on the limits of the checks.
    """

    title: str
    levels: Mapping[str, Sequence[Any]]
    judge: Callable[[Sequence[CellSummary], Effects | None], Sequence[Finding]]
    remarks: tuple[str, ...] = ()
