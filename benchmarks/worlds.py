"""The worlds in which `benchmarks.claims` counts claims: grids whose truth is known."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Noise = Callable[[np.random.Generator, Any], Floats]

EPOCHS = 8
FACTORS = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]}


def normal(rng: np.random.Generator, shape: Any) -> Floats:
    return np.asarray(rng.normal(size=shape))


def heavy(rng: np.random.Generator, shape: Any) -> Floats:
    """Student's t with 3 degrees of freedom, scaled to a variance of 1."""
    return np.asarray(rng.standard_t(3, shape) / 3**0.5)


@dataclass(frozen=True)
class World:
    """How the runs of a grid come about.

    Attributes:
        name: The row of the table.
        factors: factor -> its levels.
        seeds: The number of seeds of a cell.
        fewer: (factor, level, seeds) of the cells that have another number of seeds.
        wide: (factor, level, times) of the cells that spread more; several of them multiply.
        shift: (factors, levels, size) of the cells whose mean is higher.
        rho: Correlation of the runs of a seed in two cells.
        alike: The factor whose levels resemble each other; None for all cells of a seed.
        shared: Whether the seeds are the same in all cells. Otherwise all are different.
        collapsed: Probability that a run collapses, to a value far below all others.
        collapsed_alike: Whether a seed collapses in both inits or in none.
        ceiling: Values are logistic, close to 1, and never above it.
        ties: Values are rounded to so many decimals.
        inert: Levels of a further factor, eps, that changes nothing. The runs of its levels are the same bit for bit.
    """

    name: str
    factors: dict[str, list[str]]
    seeds: int = 3
    fewer: tuple[str, str, int] | None = None
    wide: Sequence[tuple[str, str, float]] = ()
    shift: Sequence[tuple[tuple[str, ...], tuple[str, ...], float]] = ()
    noise: Noise = normal
    rho: float = 0.0
    alike: str | None = None
    shared: bool = True
    collapsed: float = 0.0
    collapsed_alike: bool = False
    ceiling: bool = False
    ties: int | None = None
    inert: int = 1

    @property
    def cells(self) -> list[dict[str, str]]:
        return [dict(zip(self.factors, levels, strict=True)) for levels in product(*self.factors.values())]


@dataclass(frozen=True)
class Grid:
    """A simulated grid: (num_runs,) cells, seeds and collapsed runs, and (num_runs, EPOCHS) curves."""

    cells: list[dict[str, str]]
    cell_of: Ints
    seeds: Ints
    curves: Floats
    bad: np.ndarray[Any, np.dtype[np.bool_]]


def simulate(world: World, rng: np.random.Generator) -> Grid:
    """One grid of the world. The unit of its values is the standard deviation of a run."""
    cells = world.cells
    number = [
        world.fewer[2] if world.fewer and cell[world.fewer[0]] == world.fewer[1] else world.seeds for cell in cells
    ]
    cell_of = np.repeat(np.arange(len(cells)), number)
    seeds = np.concatenate([np.arange(n) for n in number])
    # Cells that resemble each other have one source, and each cell has one of its own.
    source = [tuple(cell[f] for f in cell if f != world.alike) if world.alike else () for cell in cells]
    places = [sorted(set(source)).index(each) for each in source]
    common = world.noise(rng, (max(places) + 1, max(number), EPOCHS))[np.array(places)[cell_of], seeds]
    own = world.noise(rng, (len(cell_of), EPOCHS))
    scale = np.array([np.prod([t for f, level, t in world.wide if cell[f] == level]) for cell in cells])[cell_of]
    mean = np.array(
        [
            sum(s for fs, ls, s in world.shift if all(cell[f] == k for f, k in zip(fs, ls, strict=True)))
            for cell in cells
        ]
    )
    curves = mean[cell_of, np.newaxis] + scale[:, np.newaxis] * (world.rho**0.5 * common + (1 - world.rho) ** 0.5 * own)
    if world.ceiling:
        curves = 1 / (1 + np.exp(-4 - curves))
    if world.ties is not None:
        curves = np.round(curves, world.ties)
    luck = rng.uniform(size=(len(cells), max(number)))
    if world.collapsed_alike:
        luck = luck[np.arange(len(cells)) // 2]
    bad = luck[cell_of, seeds] < world.collapsed
    curves[bad] = curves.min() - 3
    grid = Grid(cells, cell_of, seeds if world.shared else np.arange(len(cell_of)), curves, bad)
    return grid if world.inert == 1 else with_inert_levels(grid, world.inert)


def with_inert_levels(grid: Grid, levels: int) -> Grid:
    """The grid with a further factor, eps, that changes nothing: every cell once for each level, with the same runs."""
    return Grid(
        [{**cell, "eps": str(level)} for level in range(levels) for cell in grid.cells],
        np.concatenate([grid.cell_of + level * len(grid.cells) for level in range(levels)]),
        *(np.concatenate([values] * levels) for values in (grid.seeds, grid.curves, grid.bad)),
    )


P2, A2 = FACTORS, {"norm": ["batch", "none"], "init": ["he", "glorot"]}
FOUR_LEVELS = {"norm": ["batch", "none"], "lr": ["0.001", "0.01", "0.1", "1"]}

WITHOUT = [
    World("normal, own seeds, n 3", P2, shared=False),
    World("normal, own seeds, n 5", P2, seeds=5, shared=False),
    World("heavy tails, n 3", P2, noise=heavy),
    World("ceiling, n 5", P2, seeds=5, ceiling=True),
    World("ties, n 5", P2, seeds=5, ties=0),
    World("15 % collapsed, n 5", P2, seeds=5, collapsed=0.15),
    World("40 % collapsed, in both inits or none, n 5", P2, seeds=5, collapsed=0.4, collapsed_alike=True),
    World("2 x 4 levels, n 4", FOUR_LEVELS, seeds=4),
    World("4 inert levels, n 3", A2, inert=4),
    World("4 inert levels, n 5", A2, seeds=5, inert=4),
    World("4 inert levels, 15 % collapsed, n 5", A2, seeds=5, collapsed=0.15, inert=4),
    World("noisy level x 3, n 5", P2, seeds=5, wide=[("norm", "none", 3.0)]),
    World("noisy level x 3, all cells alike, rho 0.8, n 5", P2, 5, wide=[("norm", "none", 3.0)], rho=0.8),
    World(
        "one noisy cell x 9, n 5", P2, seeds=5, wide=[("norm", "none", 2.1), ("arch", "yolo", 2.1), ("init", "he", 2.1)]
    ),
    World("noisy level x 4, n 3 v 10", P2, 10, ("norm", "none", 3), [("norm", "none", 4.0)]),
    World("the same, own seeds", P2, 10, ("norm", "none", 3), [("norm", "none", 4.0)], shared=False),
    *(World(f"all cells alike, rho {rho}, n {n}", P2, n, rho=rho) for n in (3, 5) for rho in (0.0, 0.5, 0.8)),
    *(World(f"inits alike, rho {rho}, n {n}", P2, n, rho=rho, alike="init") for n in (3, 5) for rho in (0.5, 0.8)),
]
D = [(("norm",), ("none",), 1.0)]
WITH = [
    World("norm + 1, own seeds, n 3", P2, shift=D, shared=False),
    World("norm + 1, own seeds, n 5", P2, seeds=5, shift=D, shared=False),
    World("norm + 1, rho 0, n 3", P2, shift=D),
    World("norm + 1, rho 0, n 5", P2, seeds=5, shift=D),
    World("norm + 1, rho 0.8, n 3", P2, shift=D, rho=0.8),
    World("norm + 1, rho 0.8, n 5", P2, seeds=5, shift=D, rho=0.8),
    World("norm + 1, norms alike 0.8, n 3", P2, shift=D, rho=0.8, alike="norm"),
    World("norm + 0.5, norms alike 0.8, n 5", P2, seeds=5, shift=[(*D[0][:2], 0.5)], rho=0.8, alike="norm"),
    World("norm + 2.5, 2 x 2, rho 0, n 3", A2, shift=[(*D[0][:2], 2.5)]),
    World("norm + 2.5, 2 levels alone, rho 0, n 5", {"norm": P2["norm"]}, 5, shift=[(*D[0][:2], 2.5)]),
]
