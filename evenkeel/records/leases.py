"""A worker's right to work on a run."""

from dataclasses import dataclass
from enum import StrEnum

from evenkeel.grids.cell import RunSpec


@dataclass(frozen=True)
class Claim:
    """The right to work on a run. It is valid as long as the run has the same `attempt` in the store."""

    run_id: str
    attempt: int
    spec: RunSpec


class Lease(StrEnum):
    """The state of a claim that was renewed: it is held, its run was asked to stop, or it was lost."""

    HELD = "held"
    CANCEL = "cancel"
    LOST = "lost"
