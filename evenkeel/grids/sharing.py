"""How experiments share workers, and how much one may ask for."""

from dataclasses import dataclass
from enum import StrEnum

MIN_PRIORITY, MAX_PRIORITY = -100, 100


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
    """What a post says of an experiment's share; None leaves it as it is. max_running 0 takes the limit away."""

    priority: int | None = None
    max_running: int | None = None
    device: Device | None = None


@dataclass(frozen=True)
class Quota:
    """Most runs of one experiment, and most runs queued or running of one API key."""

    runs_per_experiment: int
    in_flight: int


class QuotaExceeded(Exception):
    """Nothing was stored. `passes`: whether it may do once runs have ended."""

    def __init__(self, problem: str, passes: bool) -> None:
        super().__init__(problem)
        self.passes = passes
