"""How long runs took, and what the workers still have to do."""

from collections.abc import Mapping
from dataclasses import dataclass

from evenkeel.grids.sharing import Device
from evenkeel.plugins import Outcome


@dataclass(frozen=True)
class Trained:
    """A finished run.

    Attributes:
        ended_ms: when it ended.
        threads: number of CPU threads that it computed with.
        arithmetic: what it computed with; None if that is not known.
        took_seconds: from its claim to its end; None if it was trained in several attempts.
    """

    run_id: str
    cell_id: int
    ended_ms: int
    outcome: Outcome
    threads: int
    arithmetic: Mapping[str, str] | None
    took_seconds: float | None

    @property
    def device(self) -> Device | None:
        """The kind of device that it trained on; None if that is not known."""
        name = (self.arithmetic or {}).get("device")
        return None if not name else Device.CPU if name == Device.CPU else Device.CUDA


@dataclass(frozen=True)
class Waiting:
    """What workers still have to train of an experiment that is not paused.

    Attributes:
        served_ms: when a run of it was last claimed.
        queued: number of its queued runs.
        queued_epochs: number of epochs that they train in all.
        running: for each of its running runs, the name of its worker and the number of epochs left.
        epoch_seconds: the time that an epoch took in it so far, all that a run does beside its epochs included; None if
            none has ended.
    """

    experiment_id: int
    priority: int
    device: Device
    max_running: int | None
    served_ms: int
    queued: int
    queued_epochs: int
    running: tuple[tuple[str, int], ...]
    epoch_seconds: float | None
