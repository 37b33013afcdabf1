"""What the API must know of a dataset without loading it: a name, how many examples, how many classes."""

from dataclasses import dataclass
from enum import StrEnum


class Dataset(StrEnum):
    """The datasets that Evenkeel knows by itself; a worker's settings file may name folders of images beside them."""

    DIGITS = "digits"
    SYNTHETIC = "synthetic"
    FOOD101 = "food101"
    CIFAR10 = "cifar10"
    CIFAR100 = "cifar100"
    FASHION_MNIST = "fashion_mnist"
    SVHN = "svhn"
    OXFORD_PETS = "oxford_pets"


# These every worker makes for itself when a run first asks for them.
BUNDLED = frozenset({Dataset.DIGITS, Dataset.SYNTHETIC})


@dataclass(frozen=True)
class Prepared:
    """A dataset as it lies decoded and resized on a worker. `hash` is of its content, 16 hex digits."""

    name: str
    image_size: int
    num_classes: int
    num_train: int
    num_val: int
    hash: str
