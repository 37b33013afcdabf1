"""Batches of images on the device, in an order that the seed and the epoch alone decide. torch and nothing else."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset


@dataclass(frozen=True)
class Split(Dataset[tuple[Tensor, Tensor]]):
    """images: uint8 (N, H, W, 3); labels: int64 (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, indices: list[int]) -> tuple[Tensor, Tensor]:
        return self.images[indices], self.labels[indices]


@dataclass(frozen=True)
class Splits:
    train: Split
    val: Split
    num_classes: int


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
    split: Split, order: Tensor, batch_size: int, device: torch.device, generator: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Images, float32 (B, 3, H, W) in [-1, 1], and labels, int64 (B,), on `device`.

    Bytes cross to the device (from pinned memory on CUDA) and are normalised there. `generator` keeps the loader from
    drawing its base seed from torch's global state.
    """
    cuda = device.type == "cuda"
    loader: DataLoader[tuple[Tensor, Tensor]] = DataLoader(
        split,
        sampler=batch_indices(order, batch_size),
        batch_size=None,
        pin_memory=cuda,
        generator=generator,
    )
    for images, labels in loader:
        pixels = images.to(device, non_blocking=cuda).permute(0, 3, 1, 2)
        yield pixels.to(torch.float32).div_(127.5).sub_(1), labels.to(device, non_blocking=cuda)
