"""The words for where a run stands (status) and how its training came out (outcome)."""

from enum import StrEnum


class Status(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """A result of a finished run, never a failure: it is not retried and never dropped from a statistic in silence."""

    CONVERGED = "converged"
    COLLAPSED = "collapsed"
    DIVERGED = "diverged"
