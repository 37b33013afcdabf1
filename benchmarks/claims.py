"""How often Evenkeel claims an effect or a difference that does not exist, and how often it finds one that exists.

python -m benchmarks.claims [--grids 200] [--quick] [--world WORD]

200 grids of every world take about six minutes on one core, and --quick half a minute.

Each row is a world, and each column a kind of sentence that GET /effects or GET /compare can utter. A false claim is
counted once a grid, however many factors it names (familywise). The interval is Clopper and Pearson's, over the grids.
The grids have the paper's shape, 2 x 2 x 2 cells, unless the row says otherwise.

Shared seeds are simulated in two ways. In the one, all cells of a seed resemble each other with correlation rho. In the
other only the two inits do, as inits that scale the same draws.
"""

import argparse

import numpy as np
from rich.console import Console
from rich.progress import Progress
from scipy.stats import binomtest

from benchmarks.worlds import WITH, WITHOUT, Grid, Ints, World, simulate
from evenkeel.factors.effects import effects
from evenkeel.statistics.compare import Sample, compare_family
from evenkeel.statistics.multiple import LEVEL

PERMUTATIONS = 499
ERRORS = Console(stderr=True)


EFFECTS = ("final", "spread", "divergence", "pair, final")
COMPARE = ("better", "diverges", "spreads", "mean")
COLUMNS = tuple(f"/effects: {name}" for name in EFFECTS) + tuple(f"/compare: {name}" for name in COMPARE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grids", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="20 grids of each world")
    parser.add_argument("--world", default="", help="only the worlds whose name has this word")
    options = parser.parse_args()
    grids = 20 if options.quick else options.grids
    with Progress(console=ERRORS, transient=True) as progress:
        for title, worlds in (("claims that are false", WITHOUT), ("norm found", WITH)):
            print(f"\n| {title}, {grids} grids | " + " | ".join(COLUMNS) + " |\n|---|" + "---|" * len(COLUMNS))
            for place, world in enumerate(worlds):
                if options.world in world.name:
                    counts, rng = np.zeros(len(COLUMNS), int), np.random.default_rng(place)
                    for _ in progress.track(range(grids), description=world.name):
                        counts += uttered(simulate(world, rng), None if worlds is WITHOUT else "norm")
                    cells = [shown(int(k), grids) for k in counts]
                    for column in untold(world, worlds is WITHOUT):
                        cells[column] = "-"
                    print(f"| {world.name} | " + " | ".join(cells) + " |", flush=True)


def uttered(grid: Grid, wanted: str | None) -> Ints:
    """(num_columns,), whether each kind of sentence is uttered about any factor or cell, or about the one wanted.

    /compare compares the first cell with all others. Where norm is wanted, it compares it with the first cell that
    differs in norm.
    """
    found = effects(
        grid.cells, grid.cell_of, grid.curves[:, -1], grid.curves, grid.bad, 0, PERMUTATIONS, seeds=grid.seeds
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


def shown(k: int, n: int) -> str:
    interval = binomtest(k, n).proportion_ci()
    return f"{100 * k / n:.0f} % ({100 * interval.low:.0f}-{100 * interval.high:.0f})"


if __name__ == "__main__":
    main()
