"""How often each of the paper's findings is said to hold, not to hold, or to be undecided, in worlds that are known.

python -m benchmarks.verdicts [--grids 100] [--seeds 3 5 10]

100 grids of every world take about ten minutes on one core. Each world has the paper's eight networks. Their accuracy
rises over 20 epochs, and each run follows an AR(1) process around its network's mean. In the paper's world, a spread of
0.006 makes a band of three seeds that is 0.01 wide.
"""

import argparse
from collections import Counter
from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
from rich.console import Console
from rich.progress import track

from evenkeel.factors.effects import effects
from evenkeel.plugins import Outcome, Verdict
from models.paper.findings import paper_findings
from models.paper.hypotheses import LEVELS

EPOCHS, PERMUTATIONS, ALIKE = 20, 199, 0.9
CELLS = [dict(zip(LEVELS, levels, strict=True)) for levels in product(*LEVELS.values())]
ERRORS = Console(stderr=True)

Curves = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class World:
    """Final accuracy and spread of the networks.

    Attributes:
        bare_yolo: Those of Tiny-YOLO without batch norm.
        bare_resnet: Those of ResNet26 without batch norm. All others have 0.99 and 0.006.
        heavy: Whether the shocks have heavy tails (Student's t with 3 degrees of freedom).
        collapsed: The share of the runs of Tiny-YOLO without batch norm that collapse.
    """

    name: str
    bare_yolo: tuple[float, float] = (0.99, 0.006)
    bare_resnet: tuple[float, float] = (0.99, 0.006)
    heavy: bool = False
    collapsed: float = 0.0


WORLDS = [
    World("eight identical networks"),
    World("the paper's, ResNet26 without norm 1 x as wide", (0.5, 0.18), (0.98, 0.006)),
    World("the same, 1.5 x as wide", (0.5, 0.18), (0.98, 0.009)),
    World("the same, 2 x as wide (finding 3 is false)", (0.5, 0.18), (0.97, 0.012)),
    World("the same, with heavy tails", (0.5, 0.18), (0.97, 0.012), heavy=True),
    World("the paper's, half of Tiny-YOLO without norm collapses", (0.5, 0.18), (0.98, 0.006), collapsed=0.5),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grids", type=int, default=100)
    parser.add_argument("--seeds", type=int, nargs="+", default=[3, 5, 10])
    options = parser.parse_args()
    print("| world | seeds | finding 1: holds / not / undecided | finding 2 | finding 3 |\n|---|---|---|---|---|")
    for world in WORLDS:
        for seeds in options.seeds:
            rng, counts = np.random.default_rng(0), [Counter[Verdict]() for _ in range(3)]
            for _ in track(range(options.grids), world.name, console=ERRORS, transient=True):
                for count, verdict in zip(counts, verdicts(world, seeds, rng), strict=True):
                    count[verdict] += 1
            print(f"| {world.name} | {seeds} | {' | '.join(_shares(each) for each in counts)} |", flush=True)


def verdicts(world: World, seeds: int, rng: np.random.Generator) -> list[Verdict]:
    """The verdicts on one simulated grid."""
    cell_of = np.repeat(np.arange(len(CELLS)), seeds)
    means, spreads = np.array([_truth(world, cell) for cell in CELLS]).T
    rise = 1 - np.exp(-np.arange(1, EPOCHS + 1) / 3)
    curves = means[cell_of, np.newaxis] * rise / rise[-1] + spreads[cell_of, np.newaxis] * _noise(
        world, len(cell_of), rng
    )
    fragile = np.array([cell["arch"] == "yolo" and cell["norm"] == "none" for cell in CELLS])
    bad = fragile[cell_of] & (rng.uniform(size=len(cell_of)) < world.collapsed)
    curves[bad] = 0.01
    curves = np.clip(curves, 0, 1)
    found = effects(CELLS, cell_of, curves[:, -1], curves, bad, 0, PERMUTATIONS)
    cells: list[Any] = [
        _cell(cell, curves[cell_of == index], bad[cell_of == index]) for index, cell in enumerate(CELLS)
    ]
    told: Any = found
    return [finding.verdict for finding in paper_findings(cells, told)]


def _truth(world: World, cell: dict[str, str]) -> tuple[float, float]:
    if cell["norm"] == "batch":
        return 0.99, 0.006
    return world.bare_yolo if cell["arch"] == "yolo" else world.bare_resnet


def _noise(world: World, num_runs: int, rng: np.random.Generator) -> Curves:
    shape = num_runs, EPOCHS
    noise = rng.standard_t(3, shape) / 3**0.5 if world.heavy else rng.normal(size=shape)
    for epoch in range(1, EPOCHS):
        noise[:, epoch] = ALIKE * noise[:, epoch - 1] + (1 - ALIKE**2) ** 0.5 * noise[:, epoch]
    return np.asarray(noise)


def _cell(levels: dict[str, str], curves: Curves, bad: np.ndarray[Any, np.dtype[np.bool_]]) -> SimpleNamespace:
    """As much of a cell of a summary as the verdicts look at."""
    outcomes = [Outcome.COLLAPSED if gone else Outcome.CONVERGED for gone in bad]
    return SimpleNamespace(
        cell="-".join(levels.values()),
        levels=levels,
        divergence=SimpleNamespace(n=len(bad), unfinished=0, unstable=2 * bad.sum() >= len(bad)),
        curves=[
            SimpleNamespace(counted=True, outcome=outcome, values=curve.tolist())
            for outcome, curve in zip(outcomes, curves, strict=True)
        ],
    )


def _shares(counts: Counter[Verdict]) -> str:
    total = sum(counts.values())
    return " / ".join(f"{100 * counts[each] / total:.0f} %" for each in (Verdict.HOLDS, Verdict.NOT, Verdict.UNDECIDED))


if __name__ == "__main__":
    main()
