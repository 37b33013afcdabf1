"""Makes batches of images on the device. The seed and the epoch alone decide their order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from models.datasets import num_used
from models.factors import InputScale
from models.pixels import to_input

Batch = tuple[Tensor, Tensor]

# The largest share of a GPU's free memory that a split may take.
RESIDENT_SHARE = 0.5


@dataclass(frozen=True)
class Split(Dataset[Batch]):
    """Examples to train or to validate with.

    Attributes:
        images: uint8 (M, H, W, 3). Some of them may not be used.
        labels: int64 (N,), the label of each example.
        rows: int64 (N,), the index of each example's image in `images`.
    """

    images: Tensor
    labels: Tensor
    rows: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitems__(self, indices: list[int]) -> Batch:
        """The whole batch, read from the memory map in one operation."""
        return self.picked(torch.tensor(indices))

    def picked(self, examples: Tensor) -> Batch:
        """The examples with these numbers, int64 (B,). `index_select` copies whole images, and is the fastest way."""
        return self.images.index_select(0, self.rows[examples]), self.labels[examples]


@dataclass(frozen=True)
class Splits:
    """A dataset. `hash` is the hash of its content."""

    train: Split
    val: Split
    num_classes: int
    hash: str = ""


def whole(images: Tensor, labels: Tensor) -> Split:
    """A split that uses all images."""
    return Split(images, labels, torch.arange(len(labels)))


def thinned(split: Split, fraction: float) -> Split:
    """Keep `fraction` of the examples.

    They are the first ones of a permutation that does not depend on the run. So every seed gets the same examples, and
    a smaller fraction is a subset of a larger one.
    """
    if fraction == 1:
        return split
    order = torch.randperm(len(split), generator=torch.Generator().manual_seed(0))
    kept = order[: num_used(len(split), fraction)].sort().values
    return replace(split, labels=split.labels[kept], rows=split.rows[kept])


def with_label_noise(split: Split, share: float, num_classes: int) -> Split:
    """Replace `share` of the labels with labels drawn from all classes. By chance, some examples keep their label.

    Every seed gets the same labels. Zhang et al. 2016 (arXiv 1611.03530) call these "partially corrupted labels".
    """
    if share == 0:
        return split
    generator = torch.Generator().manual_seed(1)
    order = torch.randperm(len(split), generator=generator)[: round(share * len(split))]
    labels = split.labels.clone()
    labels[order] = torch.randint(num_classes, (len(order),), generator=generator)
    return replace(split, labels=labels)


def resident(split: Split, device: torch.device) -> Split:
    """The split with its images on the GPU, if the device is one and they fit. Otherwise the split as it is.

    Then no batch has to be gathered and copied by the CPU, which a fast GPU would wait for. The batches are the same.
    """
    if device.type != "cuda" or split.images.nbytes > RESIDENT_SHARE * torch.cuda.mem_get_info(device)[0]:
        return split
    return Split(split.images.to(device), split.labels.to(device), split.rows.to(device))


def batch_indices(order: Tensor, batch_size: int) -> list[list[int]]:
    """Cut `order` (N,) into batches. The last batch may be shorter; without it, this would be another experiment.

    A last batch of one example is joined to the batch before it, since batch norm cannot compute the variance of one
    example.
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
    """Load batches. Images are copied to the device as bytes, and are augmented and normalised there.

    Args:
        indices: For each batch, the indices of its examples in `split`.
        generator: The loader draws its base seed from it. Without it, the loader would use torch's global state.
        augment: Changes a batch of images, uint8 (B, H, W, 3); None leaves them as they are.
        num_workers: The number of processes that load batches, if the images are in the CPU's memory. It affects only
            the speed.
        scale: How bytes become the network's input.

    Yields:
        (images, labels) on `device`. Images are float32 (B, 3, H, W), in [-1, 1] or as `scale` says. Labels are
        int64 (B,).
    """
    if split.images.device.type == device.type and (device.type != "cpu" or num_workers == 0):
        loaded = _picked(split, indices)
    else:
        loader: DataLoader[Batch] = DataLoader(
            split,
            batch_sampler=indices,
            collate_fn=_as_it_is,
            num_workers=num_workers,
            pin_memory=device.type == "cuda",
            generator=generator,
        )
        loaded = _on_device(iter(loader), device)
    for images, labels in loaded:
        yield to_input(augment(images) if augment else images, scale), labels


def _picked(split: Split, indices: list[list[int]]) -> Iterator[Batch]:
    """The batches of a split that is on the device. All indices are copied there at once."""
    order = torch.tensor([index for batch in indices for index in batch], dtype=torch.int64).to(split.images.device)
    for batch in torch.split(order, [len(batch) for batch in indices]):
        yield split.picked(batch)


def _as_it_is(batch: Any) -> Any:
    return batch


def _on_device(batches: Iterator[Batch], device: torch.device) -> Iterator[Batch]:
    """Copy batches to the device. On CUDA a separate stream copies the next batch from pinned memory while the current
    one is used."""
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
