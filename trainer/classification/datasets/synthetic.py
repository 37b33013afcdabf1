"""A procedural dataset of any size, for benchmarks and tests: nothing to download, the same on every machine."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from trainer.classification.datasets.images import Pixels

GRID = 4  # a class is a pattern of GRID x GRID colours


@dataclass(frozen=True)
class Synthetic:
    """Image i (from `first` on) shows class i mod `num_classes`: the class's own coarse pattern of colours, drawn once,
    half hidden under noise of the image's own. Easy to learn, hard to learn whole."""

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
