"""Datasets by name, decoded and resized once a process."""

from collections.abc import Callable
from functools import lru_cache

import torch
from sklearn.datasets import load_digits
from torch import Tensor
from torch.nn import functional as F

from lab.datasets import FACTS, Dataset
from trainer.data import Split, Splits


def _digits(image_size: int) -> Splits:
    """scikit-learn's 8x8 digits (1,797 of them), bilinearly resized, gray in all three channels.

    The split is fixed (it is part of the dataset, not of a run): the last 360 in a permutation drawn from seed 0.
    """
    bunch = load_digits()
    gray = torch.from_numpy(bunch.images).to(torch.float32)[:, None] * (255 / 16)  # (N, 1, 8, 8)
    resized = F.interpolate(gray, (image_size, image_size), mode="bilinear", align_corners=False)
    images = resized.round().to(torch.uint8).expand(-1, 3, -1, -1).permute(0, 2, 3, 1).contiguous()  # (N, S, S, 3)
    labels = torch.from_numpy(bunch.target).to(torch.int64)
    facts = FACTS[Dataset.DIGITS]
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(0))
    train, val = order[: facts.num_train], order[facts.num_train :]
    return Splits(_split(images, labels, train), _split(images, labels, val), facts.num_classes)


def _split(images: Tensor, labels: Tensor, indices: Tensor) -> Split:
    return Split(images[indices], labels[indices])


LOADERS: dict[Dataset, Callable[[int], Splits]] = {Dataset.DIGITS: _digits}


@lru_cache(maxsize=2)
def load_dataset(name: Dataset, image_size: int) -> Splits:
    return LOADERS[name](image_size)
