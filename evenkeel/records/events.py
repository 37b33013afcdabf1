"""What happened to an experiment, and when."""

from dataclasses import dataclass
from enum import StrEnum


class EventKind(StrEnum):
    """What people and rules did; and, from DIVERGED on, what became of runs."""

    POSTED = "posted"
    EXTENDED = "extended"
    IMPORTED = "imported"
    SEEDS_ADDED = "seeds_added"
    RULE_STOPPED = "rule_stopped"
    PAUSED = "paused"
    RESUMED = "resumed"
    CANCELLED = "cancelled"
    RETRIED = "retried"
    SHARED = "shared"
    NOTED = "noted"
    FORGOTTEN = "forgotten"
    DIVERGED = "diverged"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class StoredEvent:
    """One thing that happened.

    Attributes:
        at_ms: when, in ms since 1970 (UTC).
        says: what, in words. If it is about a run, the words go on from the run's name, such as 'was cancelled'.
        by: id of the API key of who did it; '' if a rule or a run did, or if the lab has no keys.
        run_id: the run that it is about; None if it is about the experiment.
    """

    at_ms: int
    kind: EventKind
    says: str
    by: str = ""
    run_id: str | None = None
