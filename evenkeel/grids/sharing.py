"""How experiments share the workers, and how many runs may be posted."""

from dataclasses import dataclass
from enum import StrEnum

MIN_PRIORITY, MAX_PRIORITY = -100, 100
MAX_THREADS = 64


class Device(StrEnum):
    """Where an experiment's runs may train."""

    ANY = "any"
    CPU = "cpu"
    CUDA = "cuda"


def device_kind(device: str) -> Device:
    """Device.CUDA for 'cuda:0' or 'cuda:0,cuda:1', Device.CPU for 'cpu'. Raises ValueError for anything else."""
    return Device(device.partition(":")[0])


@dataclass(frozen=True)
class Sharing:
    """What a post or a change sets of how an experiment shares the workers.

    None leaves a value as it is. A `max_running` of 0 removes the limit. `threads` is the number of CPU threads of each
    run.
    """

    priority: int | None = None
    max_running: int | None = None
    device: Device | None = None
    threads: int | None = None


@dataclass(frozen=True)
class Quota:
    """How many runs there may be.

    Attributes:
        runs_per_experiment: the largest number of runs of one experiment.
        in_flight: the largest number of queued, paused and running runs of one API key.
    """

    runs_per_experiment: int
    in_flight: int


class QuotaExceeded(Exception):
    """A post or a retry would exceed a quota, so nothing was stored. `passes` says whether it may be accepted once runs
    have ended, `field` what to change if not."""

    def __init__(self, problem: str, passes: bool, field: str = "grid") -> None:
        super().__init__(problem)
        self.passes = passes
        self.field = field
