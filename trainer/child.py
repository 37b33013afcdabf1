"""The child process of one slot. It is the only process of a worker that imports torch.

It loads torch and the code of the tasks once, and then trains one run after the other. It sends and receives the
messages of `trainer.protocol` over one socket. `trainer.trainers` names the code that trains each task.
"""

import math
import os
import socket
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

from evenkeel.grids.cell import read_cell
from evenkeel.plugins import EpochEnd, Finished, Task
from evenkeel.statistics.noise import pack_bits
from trainer.device import configure, pick_device
from trainer.protocol import (
    Broken,
    Checkpointed,
    Correct,
    Dataset,
    Ended,
    EpochMeasured,
    Event,
    Failed,
    Order,
    Ready,
    SlotOptions,
    decode_options,
    decode_order,
    encode,
)
from trainer.trainers import load_trainer, trainable_tasks

MAX_ERROR = 2000  # characters


class TrainingError(Exception):
    """A training does not keep to the contract of `evenkeel.plugins`."""


class Pipe:
    """The child's end of the socket to its supervisor. Each message is one line."""

    def __init__(self, descriptor: int) -> None:
        self._file = socket.socket(fileno=descriptor).makefile("rw", encoding="utf-8")

    def send(self, event: Event) -> None:
        self._file.write(encode(event) + "\n")
        self._file.flush()

    def receive(self) -> str:
        """The line of the next order; empty if the supervisor has ended."""
        return self._file.readline()


def obey(line: str, pipe: Pipe, options: SlotOptions) -> None:
    """Train the run that `line` orders. Errors of the order or the training are sent to the supervisor, not raised."""
    try:
        train_run(decode_order(line), pipe, options)
    except Exception as error:
        traceback.print_exc()
        pipe.send(Failed(f"{type(error).__name__}: {error}"[:MAX_ERROR]))


def train_run(order: Order, pipe: Pipe, options: SlotOptions) -> None:
    """Train one run and send its events to the supervisor.

    Raises:
        UnreadableCell: If this version cannot read the run's cell.
        TrainingError: If the training does not keep to its contract.
    """
    cell = read_cell(order.task, order.levels)
    training = load_trainer(order.task)(cell.parameters, order.seed, options)
    if training.dataset_hash:
        pipe.send(Dataset(training.dataset_hash))
    for result in training:
        if isinstance(result, Finished):
            return _finish(result, pipe)
        epoch = result.epoch
        pipe.send(EpochMeasured(epoch, declared_values(cell.task, result), float(result.seconds)))
        if epoch % options.checkpoint_every == 0 or epoch == cell.num_epochs:
            path, sha256 = training.save(Path(order.folder))
            pipe.send(Checkpointed(epoch, str(path), sha256))
    raise TrainingError(f"the training of {order.task!r} ended without a Finished")


def _finish(finished: Finished, pipe: Pipe) -> None:
    if finished.correct is not None:
        pipe.send(Correct(len(finished.correct), pack_bits(finished.correct)))
    pipe.send(Ended(finished.outcome, finished.diverged_epoch))


def declared_values(task: Task, measured: EpochEnd) -> dict[str, float | None]:
    """Every metric of the task -> its value; None if it was not measured or is not finite.

    Raises:
        TrainingError: If the epoch has a metric that the task does not declare.
    """
    declared = [metric.name for metric in task.metrics]
    if unknown := [name for name in measured.values if name not in declared]:
        raise TrainingError(
            f"epoch {measured.epoch} measured {', '.join(map(repr, unknown))}, which the task {task.name!r} does not "
            f"declare; it declares: {', '.join(declared)}"
        )
    return {name: _finite(measured.values, name) for name in declared}


def _finite(values: Mapping[str, float | None], name: str) -> float | None:
    value = values.get(name)
    return float(value) if value is not None and math.isfinite(value) else None


def watch_parent(parent: int) -> None:
    """End this process once its parent has ended. Linux does that by itself; other systems do not."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main(descriptor: int, options: SlotOptions) -> None:
    """Train runs until the supervisor closes the socket, whose file descriptor is `descriptor`."""
    threading.Thread(target=watch_parent, args=(os.getppid(),), daemon=True).start()
    configure(options.threads)
    pipe = Pipe(descriptor)
    try:
        device = pick_device(options.device)
    except RuntimeError as error:
        return pipe.send(Broken(str(error)))
    for task in trainable_tasks():
        try:
            load_trainer(task)
        except Exception as error:
            traceback.print_exc()
            text = f"the code that trains the task {task!r} cannot be loaded: {type(error).__name__}: {error}"
            return pipe.send(Broken(text[:MAX_ERROR]))
    pipe.send(Ready(str(device)))
    while line := pipe.receive():
        obey(line, pipe, options)


if __name__ == "__main__":
    main(int(sys.argv[1]), decode_options(sys.argv[2]))
