"""The messages between a supervisor and the child of its slot. Each is a line with one JSON object of a type below.

The supervisor sends orders, and the child answers with events. The child first sends `Ready` or `Broken`, once. For
each order it then sends `Dataset` if the run learns from one, and any number of `EpochMeasured` and `Checkpointed`. Its
last event for an order is `Ended` or `Failed`. If it knows which examples are right, it sends `Correct` before `Ended`.
"""

from dataclasses import dataclass
from typing import Any

from evenkeel.plugins import Outcome
from trainer.codec import read_line, write_line


@dataclass(frozen=True)
class SlotOptions:
    """The settings of the worker that its child needs. The child gets them when it starts.

    Attributes:
        device: As the settings name it, such as 'auto' or 'cuda:1'.
        threads: The number of CPU threads that torch uses.
        checkpoint_every: The number of epochs from one checkpoint to the next.
        datasets_dir: The folder of the prepared datasets.
        diagnose: Whether diagnostics are measured.
        loader_workers: The number of processes that load batches.
    """

    device: str
    threads: int
    checkpoint_every: int
    datasets_dir: str
    diagnose: bool
    loader_workers: int


@dataclass(frozen=True)
class TrainRun:
    """The order to train a run.

    Attributes:
        levels: The levels of the run's cell, without those that are the task's defaults.
        folder: Where the run's checkpoints are written.
    """

    task: str
    levels: dict[str, Any]
    seed: int
    folder: str


@dataclass(frozen=True)
class Ready:
    """The child now takes orders. `device` is the device that it has opened, as torch names it."""

    device: str


@dataclass(frozen=True)
class Broken:
    """The child can never train, and ends. `error` says why."""

    error: str


@dataclass(frozen=True)
class Dataset:
    """The run learns from a dataset. `hash` is the hash of the dataset's content."""

    hash: str


@dataclass(frozen=True)
class EpochMeasured:
    """An epoch has ended.

    Attributes:
        values: Every metric of the task -> its value; None if it was not measured or is not finite.
        seconds: The wall-clock time of the epoch.
    """

    epoch: int
    values: dict[str, float | None]
    seconds: float


@dataclass(frozen=True)
class Checkpointed:
    """A checkpoint was written. `sha256` is the hash of its file, in hex."""

    epoch: int
    path: str
    sha256: str


@dataclass(frozen=True)
class Correct:
    """Which validation examples the run has right after its last epoch.

    Attributes:
        bits: One bit for each example, as `evenkeel.statistics.noise.pack_bits` packs them.
    """

    num_examples: int
    bits: bytes


@dataclass(frozen=True)
class Ended:
    """The run was trained to its end. `diverged_epoch` counts from 1; it is None if the run did not diverge."""

    outcome: Outcome
    diverged_epoch: int | None


@dataclass(frozen=True)
class Failed:
    """The run could not be trained. The child takes the next order."""

    error: str


Order = TrainRun
Event = Ready | Broken | Dataset | EpochMeasured | Checkpointed | Correct | Ended | Failed

OPTIONS: dict[str, type[SlotOptions]] = {"options": SlotOptions}
ORDERS: dict[str, type[Order]] = {"train": TrainRun}
EVENTS: dict[str, type[Event]] = {
    "ready": Ready,
    "broken": Broken,
    "dataset": Dataset,
    "epoch": EpochMeasured,
    "checkpoint": Checkpointed,
    "correct": Correct,
    "ended": Ended,
    "failed": Failed,
}
TAGS = {kind: tag for known in (OPTIONS, ORDERS, EVENTS) for tag, kind in known.items()}


def encode(message: SlotOptions | Order | Event) -> str:
    """Write a message as one line, without a line break. Raises ProtocolError for a value that JSON cannot express,
    such as NaN."""
    return write_line(TAGS[type(message)], message)


def decode_options(line: str | bytes) -> SlotOptions:
    """Read a child's options. Raises ProtocolError if the line is something else."""
    return read_line("message", OPTIONS, line)


def decode_order(line: str | bytes) -> Order:
    """Read an order. Raises ProtocolError if the line is something else."""
    return read_line("order", ORDERS, line)


def decode_event(line: str | bytes) -> Event:
    """Read an event. Raises ProtocolError if the line is something else."""
    return read_line("event", EVENTS, line)
