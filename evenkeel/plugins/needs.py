"""What a worker must have prepared before it can train a cell."""

from dataclasses import dataclass

# Of experiments, datasets and keys.
NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


@dataclass(frozen=True)
class Prepared:
    """A dataset as it lies decoded and resized on a worker. `hash` is of its content, 16 hex digits."""

    name: str
    image_size: int
    num_classes: int
    num_train: int
    num_val: int
    hash: str


@dataclass(frozen=True)
class Needs:
    """The dataset that a worker must have prepared before it can train a cell. parameter: the one that names it.
    known: datasets of that parameter that the task knows by itself."""

    dataset: str
    image_size: int
    parameter: str
    known: tuple[str, ...] = ()
