"""The messages between a supervisor and the child of its slot. Each is a line with one JSON object of a type below.

The supervisor sends orders, and the child answers with events. The child first sends `Ready` or `Broken`, once. For
each `TrainRun` it then sends `Began`, `Dataset` if the run learns from one, and any number of `EpochMeasured` and
`Checkpointed`, and `Alive` if it has had nothing else to say for a while. Its last event for a run is `Ended`, `Failed`
or, after a `Stop`, `Stopped`. If it knows which examples are right, it sends `Correct` before `Ended`. A run that
cannot be begun has the event `Failed` alone.
"""

from dataclasses import dataclass

from evenkeel.plugins import Outcome
from trainer.codec import read_line, write_line
from trainer.orders import SlotOptions as SlotOptions
from trainer.orders import Stop as Stop
from trainer.orders import TrainRun as TrainRun


@dataclass(frozen=True)
class Ready:
    """The child now takes orders. `device` is the device that it has opened, as torch names it."""

    device: str


@dataclass(frozen=True)
class Broken:
    """The child can never train, and ends. `error` says why."""

    error: str


@dataclass(frozen=True)
class Began:
    """The run begins, or goes on from a checkpoint.

    Attributes:
        epoch: The number of epochs that the checkpoint had trained; 0 without one.
        step: The number of steps of the next epoch that it had trained.
        says: Why the run does not go on from its last checkpoint; '' if it does, or if it has none.
        exact: Whether the run ends as if it had not been interrupted. If not, it starts again with another arithmetic
            than before, and its new epochs replace the recorded ones.
        arithmetic: What it computes with (`trainer.arithmetic`).
    """

    epoch: int
    step: int
    says: str
    exact: bool
    arithmetic: dict[str, str]


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
class Alive:
    """The training has yielded since the last event."""


@dataclass(frozen=True)
class Checkpointed:
    """A checkpoint was written, `step` steps after the end of `epoch`. `sha256` is the hash of its file, in hex."""

    epoch: int
    step: int
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
    """The run was trained to its end.

    Attributes:
        diverged_epoch: From 1; None if the run did not diverge.
        trained: The number of epochs that it trained, if its task may end before the last one; else None.
    """

    outcome: Outcome
    diverged_epoch: int | None
    trained: int | None = None


@dataclass(frozen=True)
class Stopped:
    """The run was stopped, and a checkpoint has everything up to here. The child takes the next order."""

    epoch: int
    step: int


@dataclass(frozen=True)
class Failed:
    """The run could not be trained. The child takes the next order.

    Attributes:
        reason: The kind of the error, as a word of `evenkeel.records.endings`.
    """

    error: str
    reason: str


Order = TrainRun | Stop
Event = Ready | Broken | Began | Dataset | EpochMeasured | Alive | Checkpointed | Correct | Ended | Stopped | Failed

OPTIONS: dict[str, type[SlotOptions]] = {"options": SlotOptions}
ORDERS: dict[str, type[Order]] = {"train": TrainRun, "stop": Stop}
EVENTS: dict[str, type[Event]] = {
    "ready": Ready,
    "broken": Broken,
    "began": Began,
    "dataset": Dataset,
    "epoch": EpochMeasured,
    "alive": Alive,
    "checkpoint": Checkpointed,
    "correct": Correct,
    "ended": Ended,
    "stopped": Stopped,
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
