"""The names of the datasets that Evenkeel itself knows. The API needs only the names and loads no dataset."""

from enum import StrEnum


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
