"""Trains one run, step by step and epoch by epoch.

This code uses neither Celery nor SQL nor MLflow. The code that iterates over a training decides what happens to its
numbers, and where it is saved or stopped.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from evenkeel.plugins import EpochEnd, Finished, Outcome, StepEnd
from models.factors import Stop
from trainer.classification.augment import augmenter
from trainer.classification.data import Split, Splits, batch_indices, batches, resident, thinned, with_label_noise
from trainer.classification.diagnostics import WATCHED_SHARE
from trainer.classification.ending import finished, is_lost
from trainer.classification.engine import all_finite, eval_step, set_precision, train_step
from trainer.classification.optim import set_step
from trainer.classification.seeding import Stream, generator
from trainer.classification.state import TrainingState, Underway, prepare
from trainer.classification.sums import Totals

__all__ = ["TrainingState", "prepare", "steps", "train"]

Result = TypeVar("Result")
# Yields after each step, and returns a result at the end.
Stepwise = Generator[StepEnd, None, Result]


def train(training: TrainingState, data: Splits) -> Iterator[EpochEnd | Finished]:
    """Train as `steps` does, and leave out the ends of its steps."""
    return (result for result in steps(training, data) if not isinstance(result, StepEnd))


def steps(training: TrainingState, data: Splits) -> Iterator[EpochEnd | StepEnd | Finished]:
    """Train until the last epoch, or until the run has diverged or is lost.

    A run has diverged in the first epoch in which a loss is not finite, or after which a weight is not finite. With
    `stop` lost, a run also ends as `evenkeel.statistics.outcome.is_lost` says.

    Yields:
        A `StepEnd` after each batch, an `EpochEnd` after each epoch in which everything is finite, and then one
        `Finished`. If something was not finite, `Finished` has the number of that epoch. At each of them but the last,
        `training.state_dict()` is a state from which a run goes on as if it had not been interrupted.

    Raises:
        RuntimeError: If the device does not support the precision that the parameters ask for.
    """
    parameters = training.parameters
    set_precision(training.device, parameters.precision)
    examples = with_label_noise(
        thinned(data.train, parameters.train_fraction), parameters.label_noise, data.num_classes
    )
    class_counts = torch.bincount(examples.labels, minlength=data.num_classes).numpy()
    examples, val = resident(examples, training.device), resident(data.val, training.device)
    while not _is_over(training, class_counts):
        underway = training.begin_epoch()
        values = yield from _run_epoch(training, underway, examples, val)
        if values is None:
            yield Finished(Outcome.DIVERGED, training.epoch + 1)
            return
        why = training.diagnostics.read() if underway.diagnosed else {}
        training.end_epoch(values)
        yield EpochEnd(training.epoch, values | why, underway.seconds)
    yield finished(training, training.epochs, class_counts)


def _is_over(training: TrainingState, class_counts: NDArray[np.int64]) -> bool:
    if training.epoch >= training.parameters.epochs:
        return True
    may_stop = training.epochs and training.parameters.stop is Stop.LOST
    return bool(may_stop) and is_lost(training, training.epochs, class_counts)


def _run_epoch(
    training: TrainingState, underway: Underway, examples: Split, val: Split
) -> Stepwise[dict[str, float] | None]:
    """Train and evaluate one epoch. Returns its metrics; None if a loss or a weight is not finite.

    An infinite weight may hide: where it makes the input of a ReLU -inf, its output is 0 and the loss stays finite.
    """
    values = yield from _train_epoch(training, underway, examples)
    if not (math.isfinite(values["train_loss"]) and all_finite(training.model)):
        return None
    values |= yield from _evaluate(training, underway, val)
    return values if math.isfinite(values["val_loss"]) else None


def _train_epoch(training: TrainingState, underway: Underway, split: Split) -> Stepwise[dict[str, float]]:
    """Train one epoch, from its first batch that was not trained yet. Returns its training metrics.

    They are means over the epoch's batches, each measured when it was trained on. Keras reports them in this way, and
    the paper plots them in this way. The loss includes label smoothing if that is on. It is not finite if a loss was
    not finite. The epoch then ends early.
    """
    parameters, seed, epoch = training.parameters, training.seed, training.epoch + 1
    training.model.train()
    totals = underway.totals
    order = torch.randperm(len(split), generator=generator(seed, Stream.ORDER, epoch))
    indices = batch_indices(order, parameters.batch_size)
    scale = parameters.input_scale
    augment = augmenter(parameters.augment, underway.augment, scale)
    loader, left = generator(seed, Stream.LOADER, epoch), indices[underway.step :]
    loaded = batches(split, left, training.device, loader, augment, training.loader_workers, scale)
    diagnostics = training.diagnostics if underway.diagnosed else None
    watched_from = max(underway.step, math.floor((1 - WATCHED_SHARE) * len(indices)))
    with ExitStack() as watching:
        for images, labels in loaded:
            if diagnostics and underway.step == watched_from:
                watching.enter_context(diagnostics.watching_units())
            set_step(training.optimizer, parameters, (epoch - 1) * len(indices) + underway.step, len(indices))
            train_step(
                training.model,
                training.optimizer,
                images,
                labels,
                parameters,
                totals,
                diagnostics,
                training.gradients,
            )
            underway.step += 1
            if underway.watch.saw_nonfinite(totals.loss):
                break
            yield StepEnd(training.epoch, underway.step)
    if epoch == 1:
        training.start_loss = totals.first_loss.item()
    return {
        "train_loss": totals.mean_loss(),
        "train_accuracy": totals.accuracy(),
    }


def _evaluate(training: TrainingState, underway: Underway, split: Split) -> Stepwise[dict[str, float]]:
    """Measure the metrics of the whole validation set, after the epoch. A run that stops within begins it again."""
    parameters = training.parameters
    training.model.eval()
    totals = Totals(training.device)
    indices = batch_indices(torch.arange(len(split)), max(256, parameters.batch_size))
    loader = generator(training.seed, Stream.LOADER, training.epoch + 1)
    workers, scale = training.loader_workers, parameters.input_scale
    correct = []
    for images, labels in batches(split, indices, training.device, loader, None, workers, scale):
        correct.append(eval_step(training.model, images, labels, parameters, totals))
        yield StepEnd(training.epoch, underway.step)
    training.correct = torch.cat(correct).cpu()
    return {
        "val_loss": totals.mean_loss(),
        "val_accuracy": totals.accuracy(),
    }
