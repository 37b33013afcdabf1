"""Frames of runs, as a user would have them."""

from itertools import product
from typing import Any

import numpy as np

Columns = dict[str, list[Any]]


def frame_of(rows: list[dict[str, Any]]) -> Columns:
    return {name: [row[name] for row in rows] for name in rows[0]}


def grid(seeds: int = 5, epochs: int = 4, drop: float = 0.3, lost: bool = True) -> Columns:
    """Runs of 2 augmentations x 2 learning rates. Without augmentation a run ends `drop` lower. At the larger learning
    rate, every other run without augmentation is lost in epoch 2: its value is NaN, and its rows end there."""
    rng = np.random.default_rng(0)
    rows = []
    for augmentation, lr, seed in product(("flip", "nothing"), (0.1, 0.5), range(seeds)):
        top = 0.9 - drop * (augmentation == "nothing") + rng.normal(0, 0.01)
        for epoch in range(1, epochs + 1):
            ends = lost and augmentation == "nothing" and lr == 0.5 and seed % 2 == 0 and epoch == 2
            value = float("nan") if ends else top * epoch / epochs
            rows.append({"augmentation": augmentation, "lr": lr, "seed": seed, "epoch": epoch, "accuracy": value})
            if ends:
                break
    return frame_of(rows)


def finals(**cells: list[float]) -> Columns:
    """A row for each run of a factor `norm`. cells: level -> the final losses of its seeds."""
    return frame_of(
        [
            {"norm": norm, "seed": seed, "loss": loss}
            for norm, losses in cells.items()
            for seed, loss in enumerate(losses)
        ]
    )
