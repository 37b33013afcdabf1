"""A computed dataset of any size, for benchmarks and tests. It needs no download and is the same on every machine."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from trainer.classification.datasets.images import Pixels

GRID = 4  # a class is a pattern of GRID x GRID colours


@dataclass(frozen=True)
class Synthetic:
    """Images number `first` to `first` + `count` - 1. Image i shows class i mod `num_classes`.

    Each class has a coarse pattern of colours, drawn once. An image is half its class's pattern and half noise, which
    differs from image to image. The dataset is easy to learn, but hard to learn completely.
    """

    num_classes: int
    first: int
    count: int

    def __len__(self) -> int:
        return self.count

    def part(self, start: int, stop: int) -> Self:
        return type(self)(self.num_classes, self.first + start, min(stop, self.count) - start)

    def name(self, index: int) -> str:
        return f"image {self.first + index}"

    def label(self, index: int) -> int:
        return (self.first + index) % self.num_classes

    def render(self, index: int, size: int) -> Pixels:
        pattern = np.random.default_rng([0, self.label(index)]).integers(0, 256, (GRID, GRID, 3), dtype=np.uint8)
        place = np.arange(size) * GRID // size
        noise = np.random.default_rng([1, self.first + index]).integers(0, 256, (size, size, 3), dtype=np.uint8)
        return (pattern[place[:, None], place] >> 1) + (noise >> 1)
