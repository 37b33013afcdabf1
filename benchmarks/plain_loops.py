"""What `benchmarks.train` times beside our training: loops of plain PyTorch, and one of Lightning.

Each trains the same network with the same Adam on the same batches as ours, and validates after each epoch. Each is an
iterator that yields after every batch, so that several can train a few batches each in turn. It yields whether an epoch
has ended.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from queue import Queue
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

from evenkeel.plugins import EpochEnd, Finished
from models.pixels import to_input
from models.task import Classification
from trainer.classification.data import Split, Splits, batch_indices, whole
from trainer.classification.loop import prepare, steps
from trainer.classification.seeding import Stream, generator

Loop = Iterator[bool]

CPU, SEED, VAL_BATCH = torch.device("cpu"), 0, 256


def ours(cell: Classification, data: Splits, diagnose: bool) -> Loop:
    """The training of a run, through the functions that a slot calls."""
    training = prepare(cell, SEED, data.num_classes, CPU)
    training.diagnose = diagnose
    for result in steps(training, data):
        if isinstance(result, Finished):
            raise RuntimeError(f"the training ended too early: {result}")
        yield isinstance(result, EpochEnd)


def plain(cell: Classification, data: Splits, channels_last: bool, slicing: bool = False, fused: bool = False) -> Loop:
    """A loop as one writes it for one network.

    Args:
        channels_last: Whether the network and its images lie channels-last in memory. Otherwise they are contiguous.
        slicing: Whether batches are cut out of the tensor of all images. Otherwise a DataLoader collects them.
        fused: Whether Adam updates all weights in one kernel. Otherwise it does what torch does by default.
    """
    layout = torch.channels_last if channels_last else torch.contiguous_format
    model = prepare(cell, SEED, data.num_classes, CPU).model.to(memory_format=layout)
    optimizer = torch.optim.Adam(model.parameters(), cell.lr, eps=cell.adam_eps, fused=fused or None)
    batches: Callable[[Split, list[list[int]]], Iterable[tuple[Tensor, ...]]] = sliced if slicing else loaded
    epoch = 0
    train_split, val_split = by_itself(data.train), by_itself(data.val)
    while True:
        epoch += 1
        model.train()
        loss_sum, right = 0.0, 0
        for images, labels in batches(train_split, train_order(cell, train_split, epoch)):
            optimizer.zero_grad()
            logits = model(to_input(images).contiguous(memory_format=layout))
            loss = F.cross_entropy(logits, labels)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            loss_sum += loss.item() * len(labels)
            right += int((logits.argmax(1) == labels).sum())
            yield False
        model.eval()
        for images, labels in batches(val_split, val_order(val_split)):
            loss, hits = validated(model, to_input(images).contiguous(memory_format=layout), labels)
            loss_sum += loss.item() * len(labels)
            right += hits
            yield False
        yield True


def by_itself(split: Split) -> Split:
    """The split with its images alone, in its order: a plain loop has no others."""
    return whole(split.images[split.rows], split.labels)


def train_order(cell: Classification, split: Split, epoch: int) -> list[list[int]]:
    order = torch.randperm(len(split), generator=generator(SEED, Stream.ORDER, epoch))
    return batch_indices(order, cell.batch_size)


def val_order(split: Split) -> list[list[int]]:
    return batch_indices(torch.arange(len(split)), VAL_BATCH)


def sliced(split: Split, indices: list[list[int]]) -> Iterator[tuple[Tensor, Tensor]]:
    for rows in indices:
        yield split.images[rows], split.labels[rows]


def loaded(split: Split, indices: list[list[int]]) -> "DataLoader[tuple[Tensor, ...]]":
    return DataLoader(TensorDataset(split.images, split.labels), batch_sampler=indices)


@torch.no_grad()
def validated(model: nn.Module, images: Tensor, labels: Tensor) -> tuple[Tensor, int]:
    logits = model(images)
    return F.cross_entropy(logits, labels), int((logits.argmax(1) == labels).sum())


def lightning(cell: Classification, data: Splits) -> Loop:
    """The same with Lightning's own loop, which runs in a thread and waits for its turn after each batch.

    Raises:
        ModuleNotFoundError: If Lightning is not installed: `uv pip install -e ".[lightning]"`.
    """
    from lightning.pytorch import Callback, LightningModule, Trainer

    turns, told = threading.Semaphore(0), Queue[bool]()

    def pause(ended: bool) -> None:
        told.put(ended)
        turns.acquire()

    class Turns(Callback):  # type: ignore[misc]
        def on_train_batch_end(self, *_: Any) -> None:
            pause(False)

        def on_validation_batch_end(self, *_: Any) -> None:
            pause(False)

        def on_train_epoch_end(self, *_: Any) -> None:
            pause(True)

    class Module(LightningModule):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = prepare(cell, SEED, data.num_classes, CPU).model.to(memory_format=torch.contiguous_format)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), cell.lr, eps=cell.adam_eps)

        def training_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
            return self.measured(batch, "train")

        def validation_step(self, batch: tuple[Tensor, Tensor], _: int) -> Tensor:
            return self.measured(batch, "val")

        def measured(self, batch: tuple[Tensor, Tensor], which: str) -> Tensor:
            logits = self.model(to_input(batch[0]))
            loss = F.cross_entropy(logits, batch[1])
            accuracy = (logits.argmax(1) == batch[1]).double().mean()
            self.log_dict({f"{which}_loss": loss, f"{which}_accuracy": accuracy}, on_step=False, on_epoch=True)
            return loss

    def fit() -> None:
        turns.acquire()
        quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
        trainer = Trainer(
            max_epochs=-1,
            accelerator="cpu",
            callbacks=[Turns()],
            num_sanity_val_steps=0,
            enable_model_summary=False,
            **quiet,
        )
        train_split, val_split = by_itself(data.train), by_itself(data.val)
        # It shuffles by itself, into other batches of the same sizes.
        train_loader = DataLoader(TensorDataset(train_split.images, train_split.labels), cell.batch_size, shuffle=True)
        trainer.fit(Module(), train_loader, loaded(val_split, val_order(val_split)))

    threading.Thread(target=fit, daemon=True).start()
    return _in_turn(turns, told)


def _in_turn(turns: threading.Semaphore, told: "Queue[bool]") -> Loop:
    while True:
        turns.release()
        yield told.get()
