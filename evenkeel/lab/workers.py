"""Who works."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenkeel.grids.sharing import Device

# A worker's device while it cannot take a run yet: the child of a slot starts, or no message would reach it.
STARTING = "starting"


@dataclass(frozen=True)
class Worker:
    """device: as torch names it, or 'starting'. tasks: name -> version that it trains. problem: what keeps it from
    training. epochs, epoch_seconds: trained since it started. gpu_*_bytes: of the memory of its GPUs, None without one.
    warning: what somebody should see to although it trains.
    """

    name: str
    slots: int
    device: str
    code_version: str
    seen_ms: int
    tasks: Mapping[str, int]
    problem: str | None = None
    epochs: int = 0
    epoch_seconds: float = 0.0
    gpu_used_bytes: int | None = None
    gpu_total_bytes: int | None = None
    warning: str | None = None

    @property
    def ready(self) -> bool:
        """Whether it would take a run now, or is at work on as many as it can train."""
        return self.problem is None and self.device != STARTING


@dataclass(frozen=True)
class Taker:
    """Who asks for a run to train: which tasks it trains (name -> version), on what kind of device, and which datasets
    lie prepared there: (name, size)."""

    worker: str
    code_version: str
    tasks: Mapping[str, int]
    kind: Device = Device.CPU
    prepared: Sequence[tuple[str, int]] = ()
