"""How long an epoch of a shape takes that was never measured: judged by how much it computes, and by other shapes.

Each measured shape foretells the time from the ratio of the multiply-adds (`Task.work`). The nearest shapes count most.
A shape is near if it has about as many multiply-adds, and the same levels of what sets the time of an epoch: the same
network, say. How far from the truth this is was measured by `python -m benchmarks.unmeasured`, and so were the
constants here. docs/performance.md has the numbers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from operator import mul
from statistics import median

from evenkeel.grids.cell import Cell
from evenkeel.grids.sharing import Device
from evenkeel.lab.paces import Levels, Pace, Shape, levels_of, measure_latest, shape_of
from evenkeel.records.availability import WORKER_SEEN_SECONDS, work
from evenkeel.store import Store

MOST_SHAPES = 200  # measured shapes that are asked, the latest ones
# Twice as many multiply-adds take 2^SLOPE as long. Large products are multiplied at a higher rate than small ones, and
# a part of each step does not grow with them.
SLOPE = 0.6
# A factor in which two shapes differ separates them as much as e^DIFFERENT times the multiply-adds.
DIFFERENT = 0.5
# The weight of a shape falls with the cube of its distance. This keeps that of an equal one finite.
NEARBY = 0.3
# The range is from 1/e^s to e^s times the likely time. s grows with the distance of the nearest shape, and is larger if
# only one shape was measured. So small networks lay in the range in four of five cases, and large ones more often.
SPREAD, SPREAD_FAR, SPREAD_ALONE = 0.35, 0.2, 0.1


@dataclass(frozen=True)
class Known:
    """A shape that was measured: its levels, the multiply-adds of an epoch, and what finished runs of it took."""

    levels: Levels
    work: int
    pace: Pace


def foretell(store: Store, cells: Sequence[Cell], threads: int) -> dict[Device, dict[Shape, Pace]]:
    """kind of device -> shape -> its likely pace, for the shapes of these cells whose work is known. A kind on which no
    shape was measured has none.

    Args:
        cells: of one task, at least one.
        threads: number of CPU threads that a run computes with.
    """
    prepared = store.workers.datasets(WORKER_SEEN_SECONDS)
    wanted = {shape_of(cell): (levels_of(cell), amount) for cell in cells if (amount := work(cell, prepared))}
    latest = measure_latest(store, cells[0].task, threads) if wanted else {}
    found: dict[Device, dict[Shape, Pace]] = {}
    for kind, measured in latest.items():
        known = [
            Known(levels_of(cell), amount, pace)
            for cell, pace in measured[:MOST_SHAPES]
            if pace.seconds[1] > 0 and (amount := work(cell, prepared))
        ]
        found[kind] = {shape: likely_pace(*what, known) for shape, what in wanted.items()} if known else {}
    return found


def why_not(store: Store, cells: Sequence[Cell]) -> str:
    """Why `foretell` cannot tell of all of these cells, as part of a sentence."""
    prepared = store.workers.datasets(WORKER_SEEN_SECONDS)
    if all(work(cell, prepared) for cell in cells):
        return "no other shape was measured either"
    return "the task does not tell how much that computes"


def likely_pace(levels: Levels, amount: int, known: Sequence[Known]) -> Pace:
    """What runs of a shape would take.

    Args:
        levels: those of the shape, of the factors that set the time of an epoch.
        amount: the multiply-adds of an epoch.
        known: shapes of the same task that were measured, at least one.
    """
    further = [math.log(amount / each.work) for each in known]
    far = [abs(log) + DIFFERENT * _differing(levels, each.levels) for log, each in zip(further, known, strict=True)]
    weights = [(NEARBY + distance) ** -3 for distance in far]
    told = [math.log(each.pace.seconds[1]) + SLOPE * log for log, each in zip(further, known, strict=True)]
    likely = math.exp(sum(map(mul, weights, told)) / sum(weights))
    spread = math.exp(SPREAD + SPREAD_FAR * min(far) + SPREAD_ALONE * (len(known) == 1))
    return Pace(
        seconds=(likely / spread, likely, likely * spread),
        start_seconds=median(each.pace.start_seconds for each in known),
        runs=frozenset[str]().union(*(each.pace.runs for each in known)),
    )


def _differing(one: Levels, other: Levels) -> int:
    return sum(one[factor] != other[factor] for factor in one)
