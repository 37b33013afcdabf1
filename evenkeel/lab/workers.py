"""Who works, and the right to work on a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from evenkeel.lab.cell import RunSpec
from evenkeel.lab.sharing import Device
from evenkeel.lab.tasks import known_tasks


@dataclass(frozen=True)
class Claim:
    """The right to work on a run: valid while the store's `attempt` is this one."""

    run_id: str
    attempt: int
    spec: RunSpec


class Lease(StrEnum):
    HELD = "held"
    CANCEL = "cancel"
    LOST = "lost"


def _known_versions() -> dict[str, int]:
    return {task.name: task.version for task in known_tasks().values()}


@dataclass(frozen=True)
class Worker:
    """device: as torch names it, or 'starting'. problem: what keeps it from training. epochs, epoch_seconds: trained
    since it started. gpu_*_bytes: of the memory of its GPUs, None without one. tasks: name -> version that it trains.
    """

    name: str
    slots: int
    device: str
    code_version: str
    seen_ms: int
    problem: str | None = None
    epochs: int = 0
    epoch_seconds: float = 0.0
    gpu_used_bytes: int | None = None
    gpu_total_bytes: int | None = None
    tasks: Mapping[str, int] = field(default_factory=_known_versions)


@dataclass(frozen=True)
class Taker:
    """Who asks for a run to train, on what kind of device, which datasets lie prepared there: (name, size), and which
    tasks it trains: name -> version."""

    worker: str
    code_version: str
    kind: Device = Device.CPU
    prepared: Sequence[tuple[str, int]] = ()
    tasks: Mapping[str, int] = field(default_factory=_known_versions)
