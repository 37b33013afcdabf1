"""What is worth telling a person who does not look: the things that happened, and the alerts that tell of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    EXPERIMENT_FINISHED = "experiment_finished"
    RUN_FAILED = "run_failed"
    CELL_DIVERGED = "cell_diverged"
    WORKER_GONE = "worker_gone"
    DISK_FULL = "disk_full"


@dataclass(frozen=True)
class NewAlert:
    """Something to tell.

    Attributes:
        key: names what happened, so that it is told once.
        text: a sentence or two for a person.
        facts: the same for a program, such as the name of the experiment.
    """

    key: str
    kind: Kind
    text: str
    facts: Mapping[str, Any]


@dataclass(frozen=True)
class Alert:
    """An alert that has yet to be sent. `tries`: how often that has failed."""

    id: int
    key: str
    kind: Kind
    text: str
    facts: Mapping[str, Any]
    created_ms: int
    tries: int


@dataclass(frozen=True)
class Ended:
    """An experiment of which every run has ended. `ended_ms`: when the last one did."""

    id: int
    name: str
    ended_ms: int
    runs: int
    converged: int
    collapsed: int
    diverged: int
    failed: int
    cancelled: int


@dataclass(frozen=True)
class DivergedCell:
    """A cell all of whose runs have ended, over half of the finished ones diverged."""

    experiment_id: int
    experiment: str
    hash: str
    task: str
    levels: Mapping[str, Any]
    diverged: int
    finished: int
