"""The datasets that Evenkeel knows by itself, as the API knows them: by name, without loading any."""

from enum import StrEnum


class Dataset(StrEnum):
    """A worker's settings file may name folders of images beside these."""

    DIGITS = "digits"
    SYNTHETIC = "synthetic"
    FOOD101 = "food101"
    CIFAR10 = "cifar10"
    CIFAR100 = "cifar100"
    FASHION_MNIST = "fashion_mnist"
    SVHN = "svhn"
    OXFORD_PETS = "oxford_pets"


# Every worker makes these for itself when a run first asks for them.
BUNDLED = frozenset({Dataset.DIGITS, Dataset.SYNTHETIC})
