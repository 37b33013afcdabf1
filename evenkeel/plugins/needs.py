"""What a worker must have prepared before it can train a cell."""

from dataclasses import dataclass

# The names of experiments, datasets and keys match this.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


@dataclass(frozen=True)
class Prepared:
    """A dataset that a worker has decoded and resized.

    Attributes:
        image_size: The side of its square images, in pixels.
        hash: The hash of its content, 16 hex digits.
    """

    name: str
    image_size: int
    num_classes: int
    num_train: int
    num_val: int
    hash: str


@dataclass(frozen=True)
class Needs:
    """The dataset that a worker must have prepared before it can train a cell.

    Attributes:
        dataset: The name of the dataset.
        image_size: The side of its square images, in pixels.
        parameter: The parameter of the task that names the dataset.
        known: The datasets that the task itself knows. Workers may have others.
    """

    dataset: str
    image_size: int
    parameter: str
    known: tuple[str, ...] = ()
