"""Trains one run in the child: begins it, sends what it measures, writes its checkpoints, and stops it when told to."""

import math
import threading
import time
from collections.abc import Mapping

from evenkeel.grids.cell import read_cell
from evenkeel.plugins import EpochEnd, Finished, Task
from evenkeel.statistics.noise import pack_bits
from trainer.arithmetic import arithmetic_of
from trainer.device import pick_device, set_threads
from trainer.pipe import Pipe
from trainer.protocol import Correct, Dataset, Ended, EpochMeasured, SlotOptions, Stopped, TrainRun
from trainer.resuming import Attempt, begin
from trainer.trainers import load_trainer


class TrainingError(Exception):
    """A training does not keep to the contract of `evenkeel.plugins`."""


def train_run(order: TrainRun, stop: threading.Event, pipe: Pipe, options: SlotOptions) -> None:
    """Train one run and send its events to the supervisor.

    Args:
        stop: Is set once the run must stop. It then stops where it next yields.

    Raises:
        UnreadableCell: If this version cannot read the run's cell.
        TrainingError: If the training does not keep to its contract.
    """
    set_threads(order.threads)
    cell = read_cell(order.task, order.levels)
    arithmetic = arithmetic_of(pick_device(options.device), order.threads)
    trainer = load_trainer(order.task)
    attempt = begin(order, cell.task, arithmetic, lambda: trainer(cell.parameters, order.seed, options))
    pipe.send(attempt.began)
    if attempt.training.dataset_hash:
        pipe.send(Dataset(attempt.training.dataset_hash))
    for measured in attempt.keeper.history[order.recorded :]:
        pipe.send(measured)
    _train(attempt, cell.task, cell.num_epochs, stop, pipe, options)


def _train(
    attempt: Attempt, task: Task, num_epochs: int, stop: threading.Event, pipe: Pipe, options: SlotOptions
) -> None:
    training, keeper = attempt.training, attempt.keeper
    saved, place = time.monotonic(), (attempt.began.epoch, attempt.began.step)
    for result in training:
        if isinstance(result, Finished):
            return _finish(result, pipe)
        epoch, step = result.epoch, 0 if isinstance(result, EpochEnd) else result.step
        if isinstance(result, EpochEnd):
            measured = EpochMeasured(epoch, declared_values(task, result), float(result.seconds))
            keeper.history.append(measured)
            pipe.send(measured)
        due = step == 0 and (epoch % options.checkpoint_every == 0 or epoch == num_epochs)
        due = due or stop.is_set() or time.monotonic() - saved >= options.checkpoint_seconds
        # A training that waits for something yields the same place again. There is nothing new to save then.
        if due and place != (epoch, step):
            pipe.send(keeper.save(training, epoch, step))
            saved, place = time.monotonic(), (epoch, step)
        if stop.is_set():
            return pipe.send(Stopped(epoch, step))
    raise TrainingError(f"the training of {task.name!r} ended without a Finished")


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
