"""A worker's right to work on a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from evenkeel.grids.cell import RunSpec, canonical_hash

# What changes the last bits of a result. Other packages are recorded too, but are not part of the hash.
ARITHMETIC = ("torch", "device", "driver", "cpu_capability", "threads")


@dataclass(frozen=True)
class Claim:
    """The right to work on a run. It is valid as long as the run has the same `attempt` in the store.

    Attributes:
        recorded: number of epochs that the store has of the run, from 1 without a gap.
        threads: number of CPU threads that it computes with.
        arithmetic: the hash of what its recorded epochs were computed with; '' if that is not known.
    """

    run_id: str
    attempt: int
    spec: RunSpec
    recorded: int = 0
    threads: int = 1
    arithmetic: str = ""


class Lease(StrEnum):
    """The state of a claim that was renewed: it is held, its run was asked to stop or to pause, or it was lost."""

    HELD = "held"
    CANCEL = "cancel"
    PAUSE = "pause"
    LOST = "lost"


def hash_arithmetic(arithmetic: Mapping[str, str]) -> str:
    """A hash, 16 hex digits, that two attempts share if the same run gives them the same bits."""
    return canonical_hash({name: arithmetic.get(name) for name in ARITHMETIC})
