"""Runs as a page shows many of them at once: as marks, and counted."""

from collections.abc import Mapping
from dataclasses import dataclass

from evenkeel.plugins import Outcome
from evenkeel.records.status import Status


@dataclass(frozen=True)
class Mark:
    """A run as a mark among many others.

    Attributes:
        num_epochs: number of epochs that its current attempt has trained.
        epochs: number of epochs that it trains in all.
        error: the first line of the error of a failed run, or its beginning; else ''.
    """

    id: str
    seed: int
    status: Status
    outcome: Outcome | None
    num_epochs: int
    epochs: int
    error: str = ""


@dataclass(frozen=True)
class Standings:
    """How the runs of a cell stand. `counts`: outcome of the finished runs, or status of the others -> their number."""

    counts: Mapping[Status | Outcome, int]

    @property
    def num_runs(self) -> int:
        return sum(self.counts.values())

    @property
    def num_lost(self) -> int:
        """The runs that diverged, collapsed or failed."""
        return sum(self.counts.get(kind, 0) for kind in (Outcome.DIVERGED, Outcome.COLLAPSED, Status.FAILED))

    @property
    def num_training(self) -> int:
        return self.counts.get(Status.RUNNING, 0)
