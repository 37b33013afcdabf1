"""Workers, and what each of them can train."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evenkeel.grids.sharing import Device
from evenkeel.plugins import Broken

# Stands for a worker's device while it cannot take a run: its slots still start, or it does not get messages yet.
STARTING = "starting"


def is_disk_full(problem: str) -> bool:
    """Whether a worker's problem is that its disk is full: 'the disk of FOLDER is full: ...'."""
    return "the disk of " in problem and " is full" in problem


@dataclass(frozen=True)
class Worker:
    """A worker, as it last reported.

    Attributes:
        device: as torch names it, or 'starting'.
        seen_ms: when it last reported, by the database's clock; 0 in a report itself, since the worker's clock may be
            wrong.
        tasks: task -> version that the worker trains.
        problem: what keeps it from training; None if nothing does.
        epochs: number of epochs trained since it started.
        epoch_seconds: the time that these epochs took.
        gpu_used_bytes: used memory of its GPUs; None without a GPU.
        gpu_total_bytes: all memory of its GPUs; None without a GPU.
        warning: a fault that should be fixed although the worker can train.
        disk_free_bytes: free bytes on the disk of its checkpoints; None if it does not report them.
        disk_used_bytes: the bytes that its checkpoints take.
        plugins: the packages of the plug-ins that it can use, such as 'lab-nets==0.1.0'.
        broken: the plug-ins that it cannot use. They do not keep it from training.
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
    disk_free_bytes: int | None = None
    disk_used_bytes: int | None = None
    plugins: tuple[str, ...] = ()
    broken: tuple[Broken, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether it would take a run now, or already trains as many as it can."""
        return self.problem is None and self.device != STARTING


@dataclass(frozen=True)
class Taker:
    """A worker that asks for a run.

    Attributes:
        tasks: task -> version that the worker trains.
        kind: the kind of device that it trains on.
        prepared: the datasets that are prepared there, as (name, image size in pixels).
        plugins: the packages of the plug-ins that it can use, such as 'lab-nets==0.1.0'.
        broken: the plug-ins that it cannot use, although it may use others of the same package.
    """

    worker: str
    code_version: str
    tasks: Mapping[str, int]
    kind: Device = Device.CPU
    prepared: Sequence[tuple[str, int]] = ()
    plugins: frozenset[str] = frozenset()
    broken: tuple[Broken, ...] = ()
