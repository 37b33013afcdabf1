"""Simulated runs of a grid, and what the factorial model finds in them."""

import json
from dataclasses import asdict
from itertools import product
from typing import Any

import numpy as np

from evenkeel.factors.effects import Effects, effects

CELLS: list[dict[str, Any]] = [
    {"arch": arch, "norm": norm, "init": init, "lr": 0.001}
    for arch, norm, init in product(("yolo", "resnet"), ("batch", "none"), ("he", "glorot"))
]
EPOCHS = 12


def study(
    seeds: int = 3,
    shift: float = 0.0,
    wide: float = 1.0,
    collapse: float = 0.0,
    cells: list[dict[str, Any]] = CELLS,
    rng: np.random.Generator | None = None,
) -> Effects:
    """Norm 'none' shifts the final value, widens the spread and makes runs collapse. No other level has an effect."""
    rng = rng or np.random.default_rng(0)
    cell_of = np.repeat(np.arange(len(cells)), seeds)
    bare = np.array([cell["norm"] == "none" for cell in cells])[cell_of]
    noise = rng.normal(size=(len(cell_of), EPOCHS)).cumsum(axis=1) / 4
    curves = 0.8 + shift * bare[:, np.newaxis] + 0.02 * np.where(bare, wide, 1.0)[:, np.newaxis] * noise
    bad = bare & (rng.uniform(size=len(bare)) < collapse)
    found = effects(cells, cell_of, curves[:, -1], curves, bad, permutations=999)
    json.dumps(asdict(found), allow_nan=False)
    return found


def interacting() -> Effects:
    """Five seeds for each cell. Only yolo without norm is worse."""
    rng = np.random.default_rng(2)
    cell_of = np.repeat(np.arange(8), 5)
    both = np.array([cell["norm"] == "none" and cell["arch"] == "yolo" for cell in CELLS])[cell_of]
    final = 0.9 - 0.3 * both + rng.normal(0, 0.01, 40)
    return effects(CELLS, cell_of, final, final[:, np.newaxis], np.zeros(40, bool), permutations=999)


def three_rates() -> Effects:
    """Five seeds for each cell. The largest of three learning rates is worse."""
    cells = [CELLS[0] | {"lr": lr} for lr in (0.001, 0.003, 0.01)]
    rng = np.random.default_rng(3)
    cell_of = np.repeat(np.arange(3), 5)
    final = np.array([0.9, 0.9, 0.4])[cell_of] + rng.normal(0, 0.01, 15)
    return effects(cells, cell_of, final, final[:, np.newaxis], final < 0.5, permutations=999)
