"""Batches of images on the device, in an order that the seed and the epoch alone decide."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from models.factors import InputScale
from models.pixels import to_input

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True)
class Split(Dataset[Batch]):
    """images: uint8 (M, H, W, 3), of which `rows`, int64 (N,), are used; labels: int64 (N,)."""

    images: Tensor
    labels: Tensor
    rows: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitems__(self, indices: list[int]) -> Batch:
        """A whole batch in one gather, straight from the memory map."""
        picked = torch.tensor(indices)
        return self.images[self.rows[picked]], self.labels[picked]


@dataclass(frozen=True)
class Splits:
    """A dataset. `hash` is of its content."""

    train: Split
    val: Split
    num_classes: int
    hash: str = ""


def whole(images: Tensor, labels: Tensor) -> Split:
    return Split(images, labels, torch.arange(len(labels)))


def num_used(num_examples: int, fraction: float) -> int:
    """How many examples `fraction` of them are: at least two."""
    return max(2, round(fraction * num_examples))


def thinned(split: Split, fraction: float) -> Split:
    """`fraction` of the examples: the first ones of a permutation that is part of the experiment and not
    of a run, so that every seed gets the same ones, and a smaller fraction is a part of a larger."""
    if fraction == 1:
        return split
    order = torch.randperm(len(split), generator=torch.Generator().manual_seed(0))
    kept = order[: num_used(len(split), fraction)].sort().values
    return replace(split, labels=split.labels[kept], rows=split.rows[kept])


def with_label_noise(split: Split, share: float, num_classes: int) -> Split:
    """`share` of the labels drawn anew from all classes, so that some keep theirs (Zhang et al. 2016, arXiv 1611.03530,
    "partially corrupted labels"). Every seed gets the same ones."""
    if share == 0:
        return split
    generator = torch.Generator().manual_seed(1)
    order = torch.randperm(len(split), generator=generator)[: round(share * len(split))]
    labels = split.labels.clone()
    labels[order] = torch.randint(num_classes, (len(order),), generator=generator)
    return replace(split, labels=labels)


def batch_indices(order: Tensor, batch_size: int) -> list[list[int]]:
    """`order` (N,) cut into batches, the shorter tail kept: dropping it would be another experiment.

    A tail of one joins the batch before it, since batch norm knows no variance of one example.
    """
    batches: list[list[int]] = [chunk.tolist() for chunk in torch.split(order, batch_size)]
    if batch_size > 1 and len(batches) > 1 and len(batches[-1]) == 1:
        tail = batches.pop()
        batches[-1] += tail
    return batches


def batches(
    split: Split,
    indices: list[list[int]],
    device: torch.device,
    generator: torch.Generator,
    augment: Callable[[Tensor], Tensor] | None = None,
    num_workers: int = 0,
    scale: InputScale = InputScale.SIGNED,
) -> Iterator[Batch]:
    """Images, float32 (B, 3, H, W) in [-1, 1] or as `scale` says, and labels, int64 (B,), on `device`.

    Bytes cross to the device, where they are augmented (uint8 (B, H, W, 3), the same) and normalised. `generator`
    keeps the loader from drawing its base seed from torch's global state. The number of worker processes changes
    nothing but the speed.
    """
    loader: DataLoader[Batch] = DataLoader(
        split,
        batch_sampler=indices,
        collate_fn=_as_it_is,
        num_workers=num_workers,
        pin_memory=device.type == "cuda",
        generator=generator,
    )
    for images, labels in _on_device(iter(loader), device):
        yield to_input(augment(images) if augment else images, scale), labels


def _as_it_is(batch: Any) -> Any:
    return batch


def _on_device(batches: Iterator[Batch], device: torch.device) -> Iterator[Batch]:
    """On CUDA the next batch is copied from pinned memory by a stream of its own while the last one is worked on."""
    if device.type != "cuda":
        yield from batches
        return
    copies = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def send(batch: Batch | None) -> Batch | None:
        if batch is None:
            return None
        with torch.cuda.stream(copies):
            return batch[0].to(device, non_blocking=True), batch[1].to(device, non_blocking=True)

    upcoming = send(next(batches, None))
    while upcoming is not None:
        computing = torch.cuda.current_stream(device)
        computing.wait_stream(copies)
        batch, upcoming = upcoming, None
        for tensor in batch:
            tensor.record_stream(computing)
        upcoming = send(next(batches, None))
        yield batch
