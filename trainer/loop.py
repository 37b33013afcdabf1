"""Training one run, epoch by epoch.

No Celery, no SQL, no MLflow: whoever iterates decides what becomes of the numbers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from models.zoo import build_model
from trainer.augment import augmenter
from trainer.data import Split, Splits, batch_indices, batches, thinned, with_label_noise
from trainer.diagnostics import Diagnostics
from trainer.engine import Totals, eval_step, set_precision, train_step
from trainer.optim import OPTIMIZERS, lr_at
from trainer.seeding import Stream, generator

if TYPE_CHECKING:
    from lab.cell import Cell


@dataclass(frozen=True)
class EpochMetrics:
    """Training numbers are means over the epoch's batches as they were met (as Keras reports them, which the paper
    plots), with label smoothing where that is on; validation numbers are taken after it. Accuracies in [0, 1], losses
    in nats, `epoch` counts from 1. The rest is `trainer.diagnostics.Diagnostics`'."""

    epoch: int
    train_accuracy: float
    val_accuracy: float
    train_loss: float
    val_loss: float
    epoch_seconds: float
    grad_norm_mean: float | None = None
    grad_norm_max: float | None = None
    update_ratio: float | None = None
    loss_jump: float | None = None
    dead_units: float | None = None


@dataclass(frozen=True)
class Diverged:
    """A loss was no longer finite in this epoch. A result; training ends here."""

    epoch: int


@dataclass
class Training:
    """What a run carries from epoch to epoch.

    start_loss: of the first batch, before any step; NaN until then. correct: which validation examples were right after
    the last epoch so far, bool (N,), on the CPU. `diagnose` and `loader_workers` change nothing but what is told and
    how fast.
    """

    cell: Cell
    seed: int
    model: nn.Module
    optimizer: torch.optim.Optimizer
    device: torch.device
    epoch: int = 0
    start_loss: float = math.nan
    correct: Tensor | None = None
    diagnose: bool = True
    loader_workers: int = 0


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
    return Training(cell, seed, model, OPTIMIZERS[cell.optimizer](model.parameters(), cell), device)


def train(training: Training, data: Splits) -> Iterator[EpochMetrics | Diverged]:
    """Train to the cell's last epoch, yielding after each one; ends early with `Diverged`.

    Raises RuntimeError where the device cannot do the cell's precision.
    """
    cell = training.cell
    set_precision(training.device, cell.precision)
    examples = with_label_noise(thinned(data.train, cell.train_fraction), cell.label_noise, data.num_classes)
    diagnostics = Diagnostics(training.model) if training.diagnose else None
    while training.epoch < cell.epochs:
        training.epoch += 1
        started = time.perf_counter()
        train_loss, train_accuracy = _train_epoch(training, examples, diagnostics)
        with diagnostics.watching_units() if diagnostics else nullcontext():
            val_loss, val_accuracy = _evaluate(training, data.val)
        if not (math.isfinite(train_loss) and math.isfinite(val_loss)):
            yield Diverged(training.epoch)
            return
        why = diagnostics.read() if diagnostics else {}
        seconds = time.perf_counter() - started
        yield EpochMetrics(training.epoch, train_accuracy, val_accuracy, train_loss, val_loss, seconds, **why)


def _train_epoch(training: Training, split: Split, diagnostics: Diagnostics | None) -> tuple[float, float]:
    cell, seed, epoch = training.cell, training.seed, training.epoch
    training.model.train()
    totals = Totals(training.device)
    order = torch.randperm(len(split), generator=generator(seed, Stream.ORDER, epoch))
    indices = batch_indices(order, cell.batch_size)
    augment = augmenter(cell.augment, generator(seed, Stream.AUGMENT, epoch))
    loader = generator(seed, Stream.LOADER, epoch)
    step = (epoch - 1) * len(indices)
    for images, labels in batches(split, indices, training.device, loader, augment, training.loader_workers):
        for group in training.optimizer.param_groups:
            group["lr"] = lr_at(cell, step, len(indices))
        train_step(training.model, training.optimizer, images, labels, cell, totals, diagnostics)
        step += 1
    if epoch == 1:
        training.start_loss = totals.first_loss.item()
    return totals.means()


def _evaluate(training: Training, split: Split) -> tuple[float, float]:
    cell = training.cell
    training.model.eval()
    totals = Totals(training.device)
    indices = batch_indices(torch.arange(len(split)), max(256, cell.batch_size))
    loader = generator(training.seed, Stream.LOADER, training.epoch)
    correct = [
        eval_step(training.model, images, labels, cell, totals)
        for images, labels in batches(split, indices, training.device, loader, None, training.loader_workers)
    ]
    training.correct = torch.cat(correct).cpu()
    return totals.means()
