"""What happens along an ordered numeric factor: each level against the one before it."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from evenkeel.factors.pairing import paired_if_dependent
from evenkeel.factors.permutation import p_of_means
from evenkeel.factors.seeds import Places, together
from evenkeel.factors.sensitivity import is_ordered
from evenkeel.factors.shuffling import with_enough_arrangements
from evenkeel.factors.studentised import interval
from evenkeel.factors.study import Study
from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.multiple import holm
from evenkeel.statistics.values import Value, number


@result
class Step:
    level: float = about("A level of the factor.")
    after: float = about("The level before it, in the order of the numbers.")
    estimate: Value = about("Mean final value at the level minus that at the level before it.")
    low: Value = about("Lower end of the 95 % interval of this difference.")
    high: Value = about("Upper end of that interval.")
    p: Value = about("p from permuting the runs of these two levels alone, within blocks.")
    p_adjusted: Value = about("p after Holm's correction over the steps of the factor.")


@result
class Trend:
    factor: str = about("An ordered numeric factor with three or more levels.")
    steps: list[Step] = about("Each level but the first, compared with the level before it.")


def trends(study: Study, final: Array) -> list[Trend]:
    """The steps along each ordered factor.

    A step is the mean over the blocks of the difference between the two levels. Only blocks with runs at both levels
    count. Its interval and its p are those of a contrast: see `evenkeel.factors.studentised` and
    `evenkeel.factors.permutation`.

    Args:
        final: (num_runs,), NaN for a run without a final value.
    """
    runs = np.flatnonzero(~np.isnan(final))
    values, cell_of = final[runs], study.cell_of[runs]
    n = np.maximum(np.bincount(cell_of, minlength=len(study.grid.index)), 1)
    residuals = values - (np.bincount(cell_of, values, len(n)) / n)[cell_of]
    alike = together(residuals[:, np.newaxis], study.grid.index[cell_of], study.seed_of[runs])
    found = []
    for factor, name in enumerate(study.grid.names):
        if not is_ordered(study.levels[name]):
            continue
        places = study.places((factor,), runs, alike[factor])
        levels = study.levels[name]
        order = sorted(np.unique(places.level).tolist(), key=lambda place: float(levels[place]))
        steps = [_step(study, levels, after, level, values, places, len(order) - 1) for after, level in pairwise(order)]
        adjusted = holm([step.p for step in steps])
        found.append(Trend(name, [replace(step, p_adjusted=p) for step, p in zip(steps, adjusted, strict=True)]))
    return found


def _step(
    study: Study, levels: Sequence[Any], after: int, level: int, values: Array, places: Places, num_steps: int
) -> Step:
    """The step from one level to the next. after, level: their numbers in `levels`."""
    two = np.flatnonzero(np.isin(places.level, (after, level)))
    some = places.rows(two)
    tested = paired_if_dependent(values[two], with_enough_arrangements(some, study.level / num_steps))
    p = p_of_means(values[two], tested, study.rng, study.few_permutations)
    estimate, low, high = np.nan, np.nan, np.nan
    in_both = np.intersect1d(*(some.block[some.level == side] for side in (after, level)))
    if len(in_both):
        kept = np.flatnonzero(np.isin(some.block, in_both))
        inside = some.rows(kept)
        signs = np.zeros(inside.cell.max() + 1)
        signs[inside.cell] = np.where(inside.level == level, 1.0, -1.0) / len(in_both)
        estimate, low, high = interval(values[two][kept], inside.cell, inside.cluster, inside.seed, signs)
    return Step(levels[level], levels[after], number(estimate), number(low), number(high), p=p, p_adjusted=None)
