"""Trains one run, epoch by epoch.

This code uses neither Celery nor SQL nor MLflow. The code that iterates over a training decides what happens to its
numbers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from evenkeel.plugins import EpochEnd, Finished, Outcome
from models.factors import Stop
from models.zoo import build_model
from trainer.classification.augment import augmenter
from trainer.classification.data import Split, Splits, batch_indices, batches, resident, thinned, with_label_noise
from trainer.classification.diagnostics import WATCHED_SHARE, Diagnostics
from trainer.classification.ending import finished, is_lost
from trainer.classification.engine import FiniteWatch, Totals, all_finite, eval_step, set_precision, train_step
from trainer.classification.optim import OPTIMIZERS, set_step
from trainer.classification.seeding import Stream, generator

if TYPE_CHECKING:
    from models.task import Classification


@dataclass
class TrainingState:
    """What a run carries from one epoch to the next.

    Attributes:
        epoch: The number of the epoch that was started last; 0 before the first.
        start_loss: The loss of the first batch, before any step, in nats; NaN before that.
        correct: bool (N,) on the CPU, which validation examples were right after the last epoch so far.
        diagnose: Whether diagnostics are measured. This does not change the training.
        loader_workers: The number of processes that load batches. It affects only the speed.
    """

    parameters: Classification
    seed: int
    model: nn.Module
    optimizer: torch.optim.Optimizer
    device: torch.device
    num_classes: int
    epoch: int = 0
    start_loss: float = math.nan
    correct: Tensor | None = None
    diagnose: bool = True
    loader_workers: int = 0


def prepare(parameters: Classification, seed: int, num_classes: int, device: torch.device) -> TrainingState:
    """The state of a run before its first epoch.

    The weights are drawn from the seed on the CPU, so that every device starts from the same weights.
    """
    model = build_model(
        parameters.arch,
        parameters.norm,
        parameters.init,
        num_classes,
        parameters.image_size,
        parameters.width,
        generator(seed, Stream.INIT),
        batch_eps=parameters.batch_eps,
        batch_momentum=parameters.batch_momentum,
        leaky_slope=parameters.leaky_slope,
        stem_norm=parameters.stem_norm,
    ).to(device)
    if device.type == "cuda":
        # This saves most convolutions a change of the layout. On a CPU, the golden losses are without it.
        model = model.to(memory_format=torch.channels_last)
    optimizer = OPTIMIZERS[parameters.optimizer](list(model.parameters()), parameters)
    return TrainingState(parameters, seed, model, optimizer, device, num_classes)


def train(training: TrainingState, data: Splits) -> Iterator[EpochEnd | Finished]:
    """Train until the last epoch, or until the run has diverged or is lost.

    A run has diverged in the first epoch in which a loss is not finite, or after which a weight is not finite. With
    `stop` lost, a run also ends as `evenkeel.statistics.outcome.is_lost` says.

    Yields:
        An `EpochEnd` after each epoch in which everything is finite, and then one `Finished`. If something was not
        finite, `Finished` has the number of that epoch.

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
    diagnostics = Diagnostics(training.model) if training.diagnose else None
    epochs: list[dict[str, float]] = []
    while training.epoch < parameters.epochs:
        training.epoch += 1
        started = time.perf_counter()
        values = _run_epoch(training, examples, val, diagnostics)
        if values is None:
            yield Finished(Outcome.DIVERGED, training.epoch)
            return
        epochs.append(values)
        why = diagnostics.read() if diagnostics else {}
        yield EpochEnd(training.epoch, values | why, time.perf_counter() - started)
        if parameters.stop is Stop.LOST and is_lost(training, epochs, class_counts):
            break
    yield finished(training, epochs, class_counts)


def _run_epoch(
    training: TrainingState, examples: Split, val: Split, diagnostics: Diagnostics | None
) -> dict[str, float] | None:
    """Train and evaluate one epoch. Returns its metrics; None if a loss or a weight is not finite.

    An infinite weight may hide: where it makes the input of a ReLU -inf, its output is 0 and the loss stays finite.
    """
    values = _train_epoch(training, examples, diagnostics)
    if not (math.isfinite(values["train_loss"]) and all_finite(training.model)):
        return None
    values |= _evaluate(training, val)
    return values if math.isfinite(values["val_loss"]) else None


def _train_epoch(training: TrainingState, split: Split, diagnostics: Diagnostics | None) -> dict[str, float]:
    """Train one epoch. Returns its training metrics.

    They are means over the epoch's batches, each measured when it was trained on. Keras reports them in this way, and
    the paper plots them in this way. The loss includes label smoothing if that is on. It is not finite if a loss was
    not finite. The epoch then ends early.
    """
    parameters, seed, epoch = training.parameters, training.seed, training.epoch
    training.model.train()
    totals, watch = Totals(training.device), FiniteWatch()
    order = torch.randperm(len(split), generator=generator(seed, Stream.ORDER, epoch))
    indices = batch_indices(order, parameters.batch_size)
    scale = parameters.input_scale
    augment = augmenter(parameters.augment, generator(seed, Stream.AUGMENT, epoch), scale)
    loader = generator(seed, Stream.LOADER, epoch)
    loaded = batches(split, indices, training.device, loader, augment, training.loader_workers, scale)
    watched_from = math.floor((1 - WATCHED_SHARE) * len(indices))
    with ExitStack() as watching:
        for index, (images, labels) in enumerate(loaded):
            if diagnostics and index == watched_from:
                watching.enter_context(diagnostics.watching_units())
            set_step(training.optimizer, parameters, (epoch - 1) * len(indices) + index, len(indices))
            train_step(training.model, training.optimizer, images, labels, parameters, totals, diagnostics)
            if watch.saw_nonfinite(totals.loss):
                break
    if epoch == 1:
        training.start_loss = totals.first_loss.item()
    return {
        "train_loss": totals.mean_loss(),
        "train_accuracy": totals.accuracy(),
    }


def _evaluate(training: TrainingState, split: Split) -> dict[str, float]:
    """Measure the metrics of the whole validation set, after the epoch."""
    parameters = training.parameters
    training.model.eval()
    totals = Totals(training.device)
    indices = batch_indices(torch.arange(len(split)), max(256, parameters.batch_size))
    loader = generator(training.seed, Stream.LOADER, training.epoch)
    workers, scale = training.loader_workers, parameters.input_scale
    correct = [
        eval_step(training.model, images, labels, parameters, totals)
        for images, labels in batches(split, indices, training.device, loader, None, workers, scale)
    ]
    training.correct = torch.cat(correct).cpu()
    return {
        "val_loss": totals.mean_loss(),
        "val_accuracy": totals.accuracy(),
    }
