"""The datasets that Evenkeel itself knows, by name and size. The API loads no dataset."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evenkeel.plugins import Prepared
    from models.task import Classification


class Dataset(StrEnum):
    """The datasets without a worker's own: a worker's settings may add folders of images."""

    DIGITS = "digits"
    SYNTHETIC = "synthetic"
    FOOD101 = "food101"
    CIFAR10 = "cifar10"
    CIFAR100 = "cifar100"
    FASHION_MNIST = "fashion_mnist"
    SVHN = "svhn"
    OXFORD_PETS = "oxford_pets"


# Every worker makes these by itself when a run first needs them. Nobody has to prepare them.
BUNDLED = frozenset({Dataset.DIGITS, Dataset.SYNTHETIC})

# Examples to train and to validate with. `trainer/classification/datasets/sources.py` splits them.
DIGITS_EXAMPLES = 1_437, 360


def num_classes(cell: Classification, prepared: Prepared | None) -> int:
    """The number of classes of the cell's dataset. prepared: the dataset, if it is one that a worker prepares."""
    if prepared is not None:
        return prepared.num_classes
    return cell.synthetic_classes if cell.dataset == Dataset.SYNTHETIC else 10


def num_examples(cell: Classification, prepared: Prepared | None) -> tuple[int, int] | None:
    """The numbers of examples that the cell's dataset has to train and to validate with; None if they are not known.
    prepared: as in `num_classes`."""
    if cell.dataset == Dataset.DIGITS:
        return DIGITS_EXAMPLES
    if cell.dataset == Dataset.SYNTHETIC:
        return cell.synthetic_examples, max(1, cell.synthetic_examples // 4)
    return None if prepared is None else (prepared.num_train, prepared.num_val)


def num_used(num_examples: int, fraction: float) -> int:
    """The number of examples in `fraction` of `num_examples`, which is at least two."""
    return max(2, round(fraction * num_examples))
