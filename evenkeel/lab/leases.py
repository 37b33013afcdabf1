"""The right to work on a run."""

from dataclasses import dataclass
from enum import StrEnum

from evenkeel.grids.cell import RunSpec


@dataclass(frozen=True)
class Claim:
    """The right to work on a run: valid while the store's `attempt` is this one."""

    run_id: str
    attempt: int
    spec: RunSpec


class Lease(StrEnum):
    """How a claim stands once it was renewed: still held, asked to stop, or another's by now."""

    HELD = "held"
    CANCEL = "cancel"
    LOST = "lost"
