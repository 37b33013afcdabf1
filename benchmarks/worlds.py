"""Simulates grids whose truth is known: `benchmarks.claims` counts what is claimed of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from scipy.stats import binomtest

from evenkeel.analysis.gathering import one_run_a_seed, shown_runs
from evenkeel.records.rows import SeedRun
from evenkeel.records.status import Status

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]
Noise = Callable[[np.random.Generator, Any], Floats]

EPOCHS = 8


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
        copies: How many experiments have trained the same cells with the same seeds.
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
    copies: int = 1

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
    if world.copies > 1:
        grid = counted(posted_again(grid, world.copies))
    return grid if world.inert == 1 else with_inert_levels(grid, world.inert)


def posted_again(grid: Grid, times: int) -> Grid:
    """The grid with every run so many times, as several experiments of the same cells and seeds have it."""
    return Grid(
        grid.cells, *(np.concatenate([values] * times) for values in (grid.cell_of, grid.seeds, grid.curves, grid.bad))
    )


def counted(grid: Grid) -> Grid:
    """The runs that the lab counts: one for each seed of a cell."""
    kept: list[int] = []
    for cell in range(len(grid.cells)):
        runs = [
            SeedRun(str(run), 0, int(grid.seeds[run]), Status.FINISHED, None, None, None, 0, 0, {})
            for run in np.flatnonzero(grid.cell_of == cell)
        ]
        kept += [int(run.id) for run in one_run_a_seed(shown_runs(runs))]
    return Grid(grid.cells, grid.cell_of[kept], grid.seeds[kept], grid.curves[kept], grid.bad[kept])


def with_inert_levels(grid: Grid, levels: int) -> Grid:
    """The grid with a further factor, eps, that changes nothing: every cell once for each level, with the same runs."""
    return Grid(
        [{**cell, "eps": str(level)} for level in range(levels) for cell in grid.cells],
        np.concatenate([grid.cell_of + level * len(grid.cells) for level in range(levels)]),
        *(np.concatenate([values] * levels) for values in (grid.seeds, grid.curves, grid.bad)),
    )


def shown(k: int, n: int) -> str:
    interval = binomtest(k, n).proportion_ci()
    return f"{100 * k / n:.0f} % ({100 * interval.low:.0f}-{100 * interval.high:.0f})"
