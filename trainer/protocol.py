"""The wire between a supervisor and the child of its slot: one JSON object a line, each of a type below.

The supervisor sends orders, the child answers with events: `Ready` once, or `Broken`; then for each order `Dataset` if
the run learns from one, any number of `EpochMeasured` and `Checkpointed`, and at the end `Ended`, with `Correct` before
it where that is known, or `Failed`.
"""

from dataclasses import dataclass
from typing import Any

from evenkeel.plugins import Outcome
from trainer.codec import read_line, write_line


@dataclass(frozen=True)
class SlotOptions:
    """What the worker's settings say to a child; it gets them when it starts. device: as settings have it, 'auto' or
    'cuda:1'. checkpoint_every: epochs. diagnose: whether diagnostics are measured."""

    device: str
    threads: int
    checkpoint_every: int
    datasets_dir: str
    diagnose: bool
    loader_workers: int


@dataclass(frozen=True)
class TrainRun:
    """Train a run. levels: its cell's, less those that are the defaults. folder: for its checkpoints."""

    task: str
    levels: dict[str, Any]
    seed: int
    folder: str


@dataclass(frozen=True)
class Ready:
    """The child takes orders. device: as torch names it."""

    device: str


@dataclass(frozen=True)
class Broken:
    """The child can never train, and ends."""

    error: str


@dataclass(frozen=True)
class Dataset:
    """hash: of the content that the run learns from."""

    hash: str


@dataclass(frozen=True)
class EpochMeasured:
    """values: every metric of the task, None where it was not measured or is not finite. seconds: of the wall clock."""

    epoch: int
    values: dict[str, float | None]
    seconds: float


@dataclass(frozen=True)
class Checkpointed:
    epoch: int
    path: str
    sha256: str


@dataclass(frozen=True)
class Correct:
    """Which validation examples the run has right after its last epoch. bits: `evenkeel.stability.noise.pack_bits`."""

    num_examples: int
    bits: bytes


@dataclass(frozen=True)
class Ended:
    outcome: Outcome
    diverged_epoch: int | None


@dataclass(frozen=True)
class Failed:
    """The run could not be trained; the child takes the next order."""

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
    """One line, without its end. Raises ProtocolError for a value that JSON does not have, such as NaN."""
    return write_line(TAGS[type(message)], message)


def decode_options(line: str | bytes) -> SlotOptions:
    """Raises ProtocolError."""
    return read_line("message", OPTIONS, line)


def decode_order(line: str | bytes) -> Order:
    """Raises ProtocolError."""
    return read_line("order", ORDERS, line)


def decode_event(line: str | bytes) -> Event:
    """Raises ProtocolError."""
    return read_line("event", EVENTS, line)
