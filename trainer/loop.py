"""Training one run, epoch by epoch.

No Celery, no SQL, no MLflow: whoever iterates decides what becomes of the numbers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from models.zoo import build_model
from trainer.data import Split, Splits, batches
from trainer.engine import Totals, eval_step, train_step
from trainer.seeding import Stream, generator

if TYPE_CHECKING:
    from lab.spec import Cell


@dataclass(frozen=True)
class EpochMetrics:
    """Training numbers are means over the epoch's batches as they were met (as Keras reports them, which the paper
    plots); validation numbers are taken after it. Accuracies in [0, 1], losses in nats, `epoch` counts from 1."""

    epoch: int
    train_accuracy: float
    val_accuracy: float
    train_loss: float
    val_loss: float
    epoch_seconds: float


@dataclass(frozen=True)
class Diverged:
    """A loss was no longer finite in this epoch. A result; training ends here."""

    epoch: int


@dataclass
class Training:
    """What a run carries from epoch to epoch."""

    cell: Cell
    seed: int
    model: nn.Module
    optimizer: torch.optim.Optimizer
    device: torch.device
    epoch: int = 0


def prepare(cell: Cell, seed: int, num_classes: int, device: torch.device) -> Training:
    """Epoch 0 of a run: weights drawn on the CPU from the seed, so that every device starts from the same ones."""
    model = build_model(
        cell.arch,
        cell.norm,
        cell.init,
        num_classes,
        cell.image_size,
        cell.width,
        generator(seed, Stream.INIT),
        batch_eps=cell.batch_eps,
        batch_momentum=cell.batch_momentum,
        leaky_slope=cell.leaky_slope,
    ).to(device)
    optimizer = torch.optim.Adam(model.parameters(), cell.lr, (cell.beta1, cell.beta2), cell.adam_eps)
    return Training(cell, seed, model, optimizer, device)


def train(training: Training, data: Splits) -> Iterator[EpochMetrics | Diverged]:
    """Train to the cell's last epoch, yielding after each one; ends early with `Diverged`."""
    while training.epoch < training.cell.epochs:
        training.epoch += 1
        started = time.perf_counter()
        train_loss, train_accuracy = _train_epoch(training, data.train)
        val_loss, val_accuracy = _evaluate(training, data.val)
        if not (math.isfinite(train_loss) and math.isfinite(val_loss)):
            yield Diverged(training.epoch)
            return
        seconds = time.perf_counter() - started
        yield EpochMetrics(training.epoch, train_accuracy, val_accuracy, train_loss, val_loss, seconds)


def _train_epoch(training: Training, split: Split) -> tuple[float, float]:
    training.model.train()
    totals = Totals(training.device)
    order = torch.randperm(len(split), generator=generator(training.seed, Stream.ORDER, training.epoch))
    loader = generator(training.seed, Stream.LOADER, training.epoch)
    for images, labels in batches(split, order, training.cell.batch_size, training.device, loader):
        train_step(training.model, training.optimizer, images, labels, totals)
    return totals.means()


def _evaluate(training: Training, split: Split) -> tuple[float, float]:
    training.model.eval()
    totals = Totals(training.device)
    order, loader = torch.arange(len(split)), generator(training.seed, Stream.LOADER, training.epoch)
    for images, labels in batches(split, order, max(256, training.cell.batch_size), training.device, loader):
        eval_step(training.model, images, labels, totals)
    return totals.means()
