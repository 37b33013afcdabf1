"""A computed dataset of any size, for benchmarks and tests. It needs no download and is the same on every machine."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trainer.classification.datasets.decoding import Pixels
from trainer.classification.datasets.images import Rows

GRID = 4  # a class is a pattern of GRID x GRID colours


@dataclass(frozen=True)
class Synthetic:
    """The images with these numbers. Image i shows class i mod `num_classes`.

    Each class has a coarse pattern of colours, drawn once. An image is half its class's pattern and half noise, which
    differs from image to image. The dataset is easy to learn, but hard to learn completely.
    """

    num_classes: int
    numbers: Sequence[int]

    def __len__(self) -> int:
        return len(self.numbers)

    def pick(self, rows: Rows) -> "Synthetic":
        return Synthetic(self.num_classes, [self.numbers[row] for row in rows])

    def name(self, index: int) -> str:
        return f"image {self.numbers[index]}"

    def identity(self) -> Iterator[bytes]:
        return iter(())

    def bounded(self, max_pixels: int) -> "Synthetic":
        return self

    def label(self, index: int) -> int:
        return self.numbers[index] % self.num_classes

    def render(self, index: int, size: int) -> Pixels:
        pattern = np.random.default_rng([0, self.label(index)]).integers(0, 256, (GRID, GRID, 3), dtype=np.uint8)
        place = np.arange(size) * GRID // size
        noise = np.random.default_rng([1, self.numbers[index]]).integers(0, 256, (size, size, 3), dtype=np.uint8)
        return (pattern[place[:, None], place] >> 1) + (noise >> 1)
