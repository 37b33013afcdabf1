"""How often Evenkeel claims an effect or a difference that does not exist, and how often it finds one that exists.

python -m benchmarks.claims [--grids 200] [--quick] [--world WORD]

200 grids of every world take about fifteen minutes on one core, and --quick two.

Each row is a world, and each column a kind of sentence that GET /effects or GET /compare can utter. Everything is
decided as at the first look, by p_holm <= 0.04. A false claim is counted once a grid, however many factors or cells it
names (familywise). The interval is Clopper and Pearson's, over the grids. The grids have the paper's shape, 2 x 2 x 2
cells, unless the row says otherwise. /compare compares the first cell with all others.

Shared seeds are simulated in two ways. In the one, all cells of a seed resemble each other with correlation rho. In the
other only the two inits do, as inits that scale the same draws.

Two more tables follow: claims at any of several looks (`benchmarks.looks`), and "nearly as stable" and "nearly equal"
(`benchmarks.equivalence`).
"""

import argparse
import zlib
from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.progress import Progress

from benchmarks import equivalence, looks
from benchmarks.known_worlds import WITH, WITHOUT
from benchmarks.worlds import Grid, Ints, World, shown, simulate
from evenkeel.factors.effects import effects
from evenkeel.statistics.compare import Sample, compare_family
from evenkeel.statistics.looks import level_at

PERMUTATIONS = 499
LEVEL = level_at(1)
ERRORS = Console(stderr=True)


EFFECTS = ("final", "spread", "divergence", "pair, final")
COMPARE = ("better", "diverges", "spreads", "mean")
COLUMNS = tuple(f"/effects: {name}" for name in EFFECTS) + tuple(f"/compare: {name}" for name in COMPARE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grids", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="20 grids of each world")
    parser.add_argument("--world", default="", help="only the worlds whose name has this word, and no further tables")
    options = parser.parse_args()
    grids = 20 if options.quick else options.grids
    table("claims that are false", [world for world in WITHOUT if options.world in world.name], grids, None)
    table("norm found", [world for world in WITH if options.world in world.name], grids, "norm")
    if not options.world:
        print()
        looks.table(looks.WORLDS, max(10, grids // 4))
        print()
        equivalence.table(5 * grids)


def table(title: str, worlds: Sequence[World], grids: int, wanted: str | None) -> None:
    """Print a row for each world. wanted: the factor whose effect is looked for; None if every claim is false."""
    print(f"\n| {title}, {grids} grids | " + " | ".join(COLUMNS) + " |\n|---|" + "---|" * len(COLUMNS))
    with Progress(console=ERRORS, transient=True) as progress:
        for world in worlds:
            counts, rng = np.zeros(len(COLUMNS), int), np.random.default_rng(zlib.crc32(world.name.encode()))
            for _ in progress.track(range(grids), description=world.name):
                counts += uttered(simulate(world, rng), wanted)
            cells = [shown(int(k), grids) for k in counts]
            for column in untold(world, wanted is None):
                cells[column] = "-"
            print(f"| {world.name} | " + " | ".join(cells) + " |", flush=True)


def uttered(grid: Grid, wanted: str | None) -> Ints:
    """(num_columns,), whether each kind of sentence is uttered about any factor or cell, or about the one wanted.

    /compare compares the first cell with all others. Where norm is wanted, it compares it with the first cell that
    differs in norm.
    """
    found = effects(
        grid.cells,
        grid.cell_of,
        grid.curves[:, -1],
        grid.curves,
        grid.bad,
        0,
        PERMUTATIONS,
        seeds=grid.seeds,
        level=LEVEL,
    ).responses
    told = [
        any(term.matters and wanted in (None, term.term) for term in response.terms if term.order == 1)
        for response in (found.final, found.spread, found.divergence)
    ]
    told.append(any(term.matters for term in found.final.terms if term.order == 2))
    samples = [sample_of(grid, cell) for cell in range(len(grid.cells))]
    others = list(range(1, len(grid.cells)))
    if wanted:
        others = [next(cell for cell in others if grid.cells[cell][wanted] != grid.cells[0][wanted])]
    compared = compare_family(samples[0], [samples[cell] for cell in others], higher_is_better=True)
    for name in ("improvement", "divergence", "spread", "mean"):
        ps = [getattr(each, name).p_holm for each in compared]
        told.append(any(p is not None and p <= LEVEL for p in ps))
    return np.array(told, int)


def sample_of(grid: Grid, cell: int) -> Sample:
    runs = grid.cell_of == cell
    values = grid.curves[runs, -1]
    return Sample(values=values, survivors=values, bad=int(grid.bad[runs].sum()), runs=int(runs.sum()))


def untold(world: World, without: bool) -> list[int]:
    """The columns that the world says nothing about."""
    if not without:
        return [place for place, column in enumerate(COLUMNS) if not column.endswith((": final", "better", "mean"))]
    return [place for place, column in enumerate(COLUMNS) if world.wide and "spread" in column] + [
        place for place, column in enumerate(COLUMNS) if not world.collapsed and "diverge" in column
    ]


if __name__ == "__main__":
    main()
