"""How often an effect that does not exist is claimed at any of several looks, and how often one that exists is found.

python -m benchmarks.looks [--grids 50] [--world WORD]

50 grids of a world take half a minute on one core. Each row is a world of `benchmarks.worlds`, with grids of 2 x 2
cells. A claim about the final value counts once a grid, of whichever factor and at whichever look. The interval is
Clopper and Pearson's.

- six looks: somebody looks at 3, 5, 7, 10, 15 and 20 seeds, each time at 0.05, or at the level of that look.
- rule, decided: the lab looks after each seed from 3 to 12, each time at a tenth of the level of the first look. It
  stops once the effect of norm is shown.
- rule, half_width: each cell gets seeds from 3 to 12 until its mean is known to within 0.8 standard deviations. There
  is one look, at the end, at half of the level of the first look.
"""

import argparse
import zlib
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.known_worlds import A2
from benchmarks.worlds import Grid, Ints, World, shown, simulate
from evenkeel.factors.effects import Effects, effects
from evenkeel.statistics.final import describe_finals
from evenkeel.statistics.fixed_width import is_known
from evenkeel.statistics.looks import level_at
from evenkeel.statistics.multiple import LEVEL

LOOKS = (3, 5, 7, 10, 15, 20)
FEWEST, MOST = 3, 12
PERMUTATIONS = 9999  # as in the lab: two cells with five seeds each have few arrangements, and p has to be accurate
COLUMNS = ("six looks at 0.05", "six looks, spent", "rule, decided", "rule, half_width", "the same at 0.04")

NULL = World("nothing has an effect, own seeds", A2, LOOKS[-1], shared=False)
SHIFT = [(("norm",), ("none",), 1.0)]
WORLDS = [
    NULL,
    replace(NULL, name="nothing has an effect, all cells alike, rho 0.8", shared=True, rho=0.8),
    replace(NULL, name="nothing has an effect, 15 % collapsed", collapsed=0.15),
    replace(NULL, name="norm + 1", shift=SHIFT),
    replace(NULL, name="norm + 1, all cells alike, rho 0.8", shift=SHIFT, shared=True, rho=0.8),
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grids", type=int, default=50)
    parser.add_argument("--world", default="", help="only the worlds whose name has this word")
    options = parser.parse_args()
    table([world for world in WORLDS if options.world in world.name], options.grids)


def table(worlds: Sequence[World], grids: int) -> None:
    """Print a row for each world."""
    title = f"claims at any look, {grids} grids"
    print(f"| {title} | " + " | ".join(COLUMNS) + " | found at each look, spent |\n|---|" + "---|" * (len(COLUMNS) + 1))
    for world in worlds:
        rng, counts = np.random.default_rng(zlib.crc32(world.name.encode())), np.zeros(len(COLUMNS), int)
        found = np.zeros(len(LOOKS), int)
        for _ in range(grids):
            claims, at_look = told(simulate(world, rng), "norm" if world.shift else None)
            counts, found = counts + claims, found + at_look
        each = " ".join(f"{100 * k / grids:.0f}" for k in found)
        cells = [shown(int(k), grids) for k in counts]
        print(f"| {world.name} | " + " | ".join(cells) + f" | {each} % |", flush=True)


def told(grid: Grid, wanted: str | None) -> tuple[Ints, Ints]:
    """(num_columns,), whether an effect is claimed; and (num_looks,), whether it is at each of the six looks."""
    cells = len(grid.cells)
    smallest, spent = [], []
    for look, n in enumerate(LOOKS, 1):
        p = smallest_p(at(grid, [n] * cells, level_at(look)), wanted)
        smallest.append(p)
        spent.append(p <= level_at(look))
    planned = MOST - FEWEST + 1
    level = level_at(1, planned)
    decided = False
    for n in range(FEWEST, MOST + 1):
        found = at(grid, [n] * cells, level)
        decided = decided or smallest_p(found, wanted) <= level
        # The rule stops at norm. What was claimed of the other factors until then was claimed at its looks too.
        if any(term.matters for term in found.responses.final.terms if term.term == "norm"):
            break
    width = smallest_p(at(grid, [seeds_by_width(grid, cell) for cell in range(cells)], level_at(1, 2)), wanted)
    claims = [min(smallest) <= LEVEL, any(spent), decided, width <= level_at(1, 2), width <= level_at(1)]
    return np.array(claims, int), np.array(spent, int)


def at(grid: Grid, seeds: Sequence[int], level: float) -> Effects:
    """The effects with the first seeds of each cell."""
    runs = np.concatenate([np.flatnonzero(grid.cell_of == cell)[:n] for cell, n in enumerate(seeds)])
    final, own = grid.curves[runs, -1], grid.seeds[runs]
    no_curves, none_bad = np.full((len(runs), 1), np.nan), np.zeros(len(runs), np.bool_)
    arguments = grid.cells, grid.cell_of[runs], final, no_curves, none_bad
    return effects(*arguments, permutations=PERMUTATIONS, seeds=own, level=level)


def smallest_p(found: Effects, wanted: str | None) -> float:
    """The smallest p_holm of a factor, or that of the factor that is wanted."""
    terms = [term for term in found.responses.final.terms if term.order == 1 and wanted in (None, term.term)]
    return min((term.p_holm for term in terms if term.p_holm is not None), default=1.0)


def seeds_by_width(grid: Grid, cell: int) -> int:
    values = grid.curves[grid.cell_of == cell, -1]
    for n in range(FEWEST, MOST):
        [final] = describe_finals(values[np.newaxis, :n])
        if is_known(final, 0.8):
            return n
    return MOST


if __name__ == "__main__":
    main()
