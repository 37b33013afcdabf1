"""What a supervisor tells the child of its slot. `trainer.protocol` has the answers, and sends both."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class SlotOptions:
    """The settings of the worker that its child needs. The child gets them when it starts.

    Attributes:
        device: As the settings name it, such as 'auto' or 'cuda:1'.
        checkpoint_every: The number of epochs from one checkpoint to the next.
        checkpoint_seconds: The longest time from one checkpoint to the next, if the task can be saved within an epoch.
        datasets_dir: The folder of the prepared datasets.
        diagnose: Whether diagnostics are measured.
        loader_workers: The number of processes that load batches.
        alive_seconds: A training that yields lets the supervisor hear of it at least this often.
    """

    device: str
    checkpoint_every: int
    checkpoint_seconds: float
    datasets_dir: str
    diagnose: bool
    loader_workers: int
    alive_seconds: float = 10.0


@dataclass(frozen=True)
class TrainRun:
    """The order to train a run.

    Attributes:
        levels: The levels of the run's cell, without those that are the task's defaults.
        folder: Where this attempt writes its checkpoints: `RUN_ID/attempt-N`. Those of earlier attempts are beside it.
        recorded: The number of epochs that the store has of the run, from the first on and without a gap.
        threads: The number of CPU threads that torch uses.
        arithmetic: The hash of what the recorded epochs were computed with (`evenkeel.records.leases`); '' if that is
            not known. A checkpoint of another arithmetic would not fit them.
    """

    task: str
    levels: dict[str, Any]
    seed: int
    folder: str
    recorded: int
    threads: int
    arithmetic: str
    announced: dict[str, Any] = field(default_factory=dict)
    working: str = ""


@dataclass(frozen=True)
class Stop:
    """The order to stop the run that is training: finish the step, write a checkpoint, and wait for the next order. It
    means nothing if no run is training."""
