"""How runs and cells are marked on every page: the letter of a status or an outcome, and what evidence is called."""

from collections.abc import Mapping

from evenkeel.plugins import Outcome
from evenkeel.records.status import Status
from evenkeel.statistics.evidence import EvidenceLevel

# What stands in a mark. Each is a letter or a sign, so that nobody needs its colour. parts.css has the same ones.
LETTERS: Mapping[str, str] = {
    Outcome.CONVERGED: "✓",
    Outcome.DIVERGED: "D",
    Outcome.COLLAPSED: "C",
    Status.FAILED: "F",
    Status.RUNNING: "▶",
    Status.QUEUED: "·",
    Status.PAUSED: "P",
    Status.CANCELLED: "X",
}
EVIDENCE: Mapping[str, str] = {
    EvidenceLevel.TRACES: "too few seeds",
    EvidenceLevel.DESCRIPTIVE: "few seeds",
    EvidenceLevel.INTERVALS: "enough seeds for intervals",
    EvidenceLevel.FULL: "many seeds",
}
