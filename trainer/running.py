"""Trains one run in the child: begins it, sends what it measures, writes its checkpoints, and stops it when told to."""

import math
import threading
import time
from collections.abc import Mapping

from evenkeel.grids.cell import Cell, read_cell
from evenkeel.plugins import Announced, EpochEnd, Finished, Task
from evenkeel.statistics.noise import pack_bits
from trainer.arithmetic import arithmetic_of
from trainer.device import pick_device, set_threads
from trainer.pipe import Pipe
from trainer.plugins.load import use
from trainer.protocol import Alive, Correct, Dataset, Ended, EpochMeasured, SlotOptions, Stopped, TrainRun
from trainer.resuming import Attempt, begin
from trainer.trainers import load_trainer
from trainer.working import working_in


class TrainingError(Exception):
    """A training does not keep to the contract of `evenkeel.plugins`."""


def train_run(order: TrainRun, stop: threading.Event, pipe: Pipe, options: SlotOptions) -> None:
    """Train one run and send its events to the supervisor.

    Args:
        stop: Is set once the run must stop. It then stops where it next yields.

    Raises:
        PluginError: If a plug-in is not here in the version that the run needs.
        UnreadableCell: If this version cannot read the run's cell.
        TrainingError: If the training does not keep to its contract.
    """
    set_threads(order.threads)
    announced = Announced.from_json(order.announced) if order.announced else Announced()
    use(announced)
    with working_in(order.working):
        _train_cell(order, announced, stop, pipe, options)


def _train_cell(order: TrainRun, announced: Announced, stop: threading.Event, pipe: Pipe, options: SlotOptions) -> None:
    cell = read_cell(order.task, order.levels)
    arithmetic = arithmetic_of(pick_device(options.device), order.threads)
    trainer = load_trainer(order.task, announced)
    attempt = begin(order, cell.task, arithmetic, lambda: trainer(cell.parameters, order.seed, options))
    pipe.send(attempt.began)
    if attempt.training.dataset_hash:
        pipe.send(Dataset(attempt.training.dataset_hash))
    for measured in attempt.keeper.history[order.recorded :]:
        pipe.send(measured)
    finished = _train(attempt, cell, stop, pipe, options)
    if finished is not None:
        _finish(finished, _trained(order.task, announced, attempt), pipe)


def _train(attempt: Attempt, cell: Cell, stop: threading.Event, pipe: Pipe, options: SlotOptions) -> Finished | None:
    """Train until the end. Returns how the run ended; None if it was stopped."""
    training, keeper, task = attempt.training, attempt.keeper, cell.task
    saved, place = time.monotonic(), (attempt.began.epoch, attempt.began.step)
    for result in training:
        if isinstance(result, Finished):
            return result
        epoch, step = result.epoch, 0 if isinstance(result, EpochEnd) else result.step
        if isinstance(result, EpochEnd):
            measured = EpochMeasured(epoch, declared_values(task, result), float(result.seconds))
            keeper.history.append(measured)
            pipe.send(measured)
        is_last = epoch == cell.num_epochs or training.done
        due = step == 0 and (epoch % options.checkpoint_every == 0 or is_last)
        due = due or stop.is_set() or time.monotonic() - saved >= options.checkpoint_seconds
        # A training that waits for something yields the same place again. There is nothing new to save then.
        if due and place != (epoch, step):
            pipe.send(keeper.save(training, epoch, step))
            saved, place = time.monotonic(), (epoch, step)
        if time.monotonic() - pipe.sent >= options.alive_seconds:
            pipe.send(Alive())
        if stop.is_set():
            pipe.send(Stopped(epoch, step))
            return None
    raise TrainingError(f"the training of {task.name!r} ended without a Finished")


def _trained(task: str, announced: Announced, attempt: Attempt) -> int | None:
    """The number of epochs that a run trained whose task may end before the last one; None for every other task."""
    may_end_early = any(one.name == task and isinstance(one.epochs, int) for one in announced.tasks)
    return len(attempt.keeper.history) if may_end_early else None


def _finish(finished: Finished, trained: int | None, pipe: Pipe) -> None:
    if finished.correct is not None:
        pipe.send(Correct(len(finished.correct), pack_bits(finished.correct)))
    pipe.send(Ended(finished.outcome, finished.diverged_epoch, trained))


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
