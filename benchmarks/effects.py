"""How often GET /effects claims an effect that does not exist, and how often it finds one that exists.

python -m benchmarks.effects [--grids 1000]

Grids of the paper's shape (2 x 2 x 2 cells) are simulated. The curves of their runs follow an AR(1) process around a
rising mean. The first table is for grids without effects. It shows the share of grids in which any factor is said to
matter. By design this is 5 % at most (Holm over the three factors of each response). The second table is for grids with
effects. There the level none of norm lowers the final value by 0.1, makes the spread 3 x as wide, and lets half of the
runs collapse. The level resnet of arch lowers the final value by 0.05. init has no effect.
"""

import argparse
from itertools import product
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from evenkeel.factors.effects import Effects, effects

EPOCHS, PERMUTATIONS = 20, 999
CELLS = [
    {"arch": arch, "norm": norm, "init": init}
    for arch, norm, init in product(("yolo", "resnet"), ("batch", "none"), ("he", "glorot"))
]
RESPONSES = ("final", "spread", "divergence")
ERRORS = Console(stderr=True)


def wander(rng: np.random.Generator, num_runs: int, heavy: bool) -> np.ndarray[Any, Any]:
    """Noise (num_runs, EPOCHS): an AR(1) process with unit variance and a correlation of 0.8 from epoch to epoch.

    Its shocks are normal, or t-distributed with 3 degrees of freedom if `heavy`.
    """
    shocks = rng.standard_t(3, (num_runs, EPOCHS)) / 3**0.5 if heavy else rng.normal(size=(num_runs, EPOCHS))
    paths = shocks.copy()
    for epoch in range(1, EPOCHS):
        paths[:, epoch] = 0.8 * paths[:, epoch - 1] + 0.6 * shocks[:, epoch]
    return paths


def simulate(rng: np.random.Generator, seeds: int, world: str) -> Effects:
    """Simulate one grid, and return the effects that are found in it. `world` names the kind of data."""
    cell_of = np.repeat(np.arange(len(CELLS)), seeds)
    level = np.full(len(CELLS), 0.8)
    spread, collapse = np.full(len(CELLS), 0.02), np.zeros(len(CELLS))
    for index, cell in enumerate(CELLS):
        if world == "effects" and cell["norm"] == "none":
            level[index] -= 0.1
            spread[index] *= 3
            collapse[index] = 0.5
        if world == "effects" and cell["arch"] == "resnet":
            level[index] -= 0.05
        if world == "15 % collapsed":
            collapse[index] = 0.15
    rise = 1 - np.exp(-np.arange(1, EPOCHS + 1) / 4)
    noise = wander(rng, len(cell_of), world == "heavy tails")
    curves = level[cell_of, np.newaxis] * rise + spread[cell_of, np.newaxis] * noise
    bad = rng.uniform(size=len(cell_of)) < collapse[cell_of]
    if world == "15 % collapsed":
        curves[bad] = 0.1
    return effects(CELLS, cell_of, curves[:, -1], curves, bad, permutations=PERMUTATIONS)


def mattering(found: Effects, response: str) -> set[str]:
    """The factors that are said to matter for a response."""
    return {term.term for term in getattr(found.responses, response).terms if term.matters and term.order == 1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grids", type=int, default=1000)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    print(f"| without effects, {options.grids} grids | " + " | ".join(RESPONSES) + " |\n|---|---|---|---|")
    for world in ("normal", "heavy tails", "15 % collapsed"):
        for seeds in (2, 3, 5):
            claims = dict.fromkeys(RESPONSES, 0)
            for _ in track(range(options.grids), description=f"{world}, {seeds} seeds", console=ERRORS, transient=True):
                found = simulate(rng, seeds, world)
                for response in RESPONSES:
                    claims[response] += bool(mattering(found, response))
            shown = " | ".join(f"{claims[response] / options.grids:.1%}" for response in RESPONSES)
            print(f"| {world}, {seeds} seeds | {shown} |", flush=True)
    print("\n| with effects | found: norm, final | arch, final | norm, spread | norm, divergence", end="")
    print(" | claimed in error: final | spread | divergence |\n|---|---|---|---|---|---|---|---|")
    for seeds in (3, 5, 10):
        grids, counts = options.grids // 5, np.zeros(7)
        for _ in track(range(grids), description=f"effects, {seeds} seeds", console=ERRORS, transient=True):
            found = simulate(rng, seeds, "effects")
            final, spread, divergence = (mattering(found, response) for response in RESPONSES)
            counts[:4] += ["norm" in final, "arch" in final, "norm" in spread, "norm" in divergence]
            counts[4:] += [bool(final - {"norm", "arch"}), bool(spread - {"norm"}), bool(divergence - {"norm"})]
        shown = " | ".join(f"{share:.0%}" for share in counts / grids)
        print(f"| {seeds} seeds | {shown} |", flush=True)


if __name__ == "__main__":
    main()
