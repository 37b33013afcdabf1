"""How sensitive the final value is to an ordered numeric factor, such as the learning rate."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from evenkeel.factors.numbering import numbered
from evenkeel.factors.seeds import Places
from evenkeel.factors.studentised import standard_errors
from evenkeel.factors.study import Study
from evenkeel.factors.tables import layout_of
from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.intervals import TAIL
from evenkeel.statistics.values import Value, number

FEWEST_LEVELS = 3


@result
class AtLevel:
    level: float = about("Level of the factor.")
    n: int = about("Number of runs that count in the mean.")
    bad: int = about("Number of runs that diverged or collapsed.")
    left_out: int = about("Number of diverged runs without a finite value. They do not count in the mean.")
    mean: Value = about("Mean of the final values; null for n = 0.")


@result
class Sensitivity:
    factor: str = about("An ordered numeric factor with three or more levels.")
    levels: dict[str, Any] = about("The levels of all other factors that vary.")
    best: float = about("Level of the factor with the best mean.")
    sensitivity: float = about("How much worse the final value is on average over the levels than at the best level.")
    low: Value = about("Lower end of the 95 % interval of the sensitivity; null if no level has two different runs.")
    high: Value = about("Upper end of that interval; null also if runs are left out, since it is larger then.")
    left_out: int = about(
        "Number of diverged runs without a finite value, at all levels. If any, the true sensitivity is larger."
    )
    at: list[AtLevel] = about("The runs at each level of the factor, in the order of the levels.")


def is_ordered(levels: Sequence[Any]) -> bool:
    """Whether the levels are three or more numbers."""
    numbers = [level for level in levels if isinstance(level, int | float) and not isinstance(level, bool)]
    return len(numbers) == len(levels) >= FEWEST_LEVELS


def sensitivities(
    study: Study, final: Array, bad: NDArray[np.bool_], higher_is_better: bool, start: float | None = None
) -> list[Sensitivity]:
    """The sensitivity to each ordered factor, at each combination of the other factors.

    Args:
        final: (num_runs,), NaN for a run without a final value.
        bad: (num_runs,), whether the run diverged or collapsed.
        start: The value before training, if it is known. A worse final value counts as this one, as in the paper.
    """
    found, index, every = [], study.grid.index[study.cell_of], range(len(study.grid.names))
    if start is not None:
        capped = np.fmax(final, start) if higher_is_better else np.fmin(final, start)
        # A run that did not diverge may lack a value because the metric was not measured.
        final = np.where(np.isnan(final) & ~bad, np.nan, capped)
    losses = -final if higher_is_better else final
    for factor, name in enumerate(study.grid.names):
        if not is_ordered(study.levels[name]):
            continue
        others = [other for other in every if other != factor]
        block = numbered(np.zeros(len(final), np.int64), *(index[:, other] for other in others))
        runs_of = np.split(np.argsort(block, kind="stable"), np.cumsum(np.bincount(block))[:-1])
        known = _of_blocks(losses, Places(index[:, factor], block, study.seed_of, block))
        for number_of_block, runs in enumerate(runs_of):
            levels = {study.grid.names[each]: _level(study, each, index[runs[0], each]) for each in others}
            own = None if known is None else known[number_of_block]
            one = _one(study, factor, levels, runs, final[runs], losses[runs], bad[runs], higher_is_better, own)
            found += [one] if one else []
    return found


def _of_blocks(losses: Array, places: Places) -> list[tuple[float, float, float]] | None:
    """`sensitivity_of` of each block, all at once; None if a block lacks a level, a seed or a value."""
    layout = None if np.isnan(losses).any() or not len(losses) else layout_of(places)
    return None if layout is None else _of_tables(losses[layout.order])


def _one(
    study: Study,
    factor: int,
    levels: dict[str, Any],
    runs: NDArray[np.int64],
    final: Array,
    losses: Array,
    bad: NDArray[np.bool_],
    higher_is_better: bool,
    found: tuple[float, float, float] | None,
) -> Sensitivity | None:
    """The sensitivity in one block; None if fewer than three levels of the factor have a run that counts.

    Args:
        found: What `sensitivity_of` would return, if it is known already.
    """
    known = ~np.isnan(final)
    present, level = np.unique(study.grid.index[study.cell_of[runs], factor], return_inverse=True)
    values = [float(_level(study, factor, each)) for each in present]
    order = np.argsort(values, kind="stable").tolist()
    counts = np.bincount(level[known], minlength=len(present))
    sums = np.bincount(level[known], final[known], len(present))
    bads = np.bincount(level[bad], minlength=len(present))
    lost = np.bincount(level[~known & bad], minlength=len(present))
    at = [
        AtLevel(
            level=_level(study, factor, present[each]),
            n=int(counts[each]),
            bad=int(bads[each]),
            left_out=int(lost[each]),
            mean=number(sums[each] / counts[each]) if counts[each] else None,
        )
        for each in order
    ]
    counted = [each for each in order if counts[each]]
    if len(counted) < FEWEST_LEVELS:
        return None
    cell = np.array([counted.index(each) for each in level[known]], np.int64)
    value, low, high = found or sensitivity_of(losses[known], cell, study.seed_of[runs][known])
    best = (max if higher_is_better else min)((each for each in at if each.mean is not None), key=_mean)
    left_out = sum(each.left_out for each in at)
    high = np.nan if left_out else high
    return Sensitivity(study.grid.names[factor], levels, best.level, value, number(low), number(high), left_out, at)


def sensitivity_of(losses: Array, level: NDArray[np.int64], seed: NDArray[np.int64]) -> tuple[float, float, float]:
    """The sensitivity of Wortsman et al. (2023, arXiv 2309.14322, section 2.2), with its 95 % interval.

    With m_k the mean loss at level k, S = mean over k of m_k - min over k of m_k. The levels count equally, as in the
    paper, which has them evenly on a logarithmic scale. S is the largest of the contrasts C_k = mean of m - m_k, but
    which k is the best level is not known either, so the interval of one C_k is too narrow. With the standard error of
    C_k by Welch and Satterthwaite, the upper end is the largest upper end of a C_k. The lower end is the largest lower
    end of a C_k after Bonferroni's correction over the levels, and at least 0.

    Args:
        losses: (num_runs,), where less is better.
        level: (num_runs,), the number of the level, from 0. Each level has a run.
        seed: (num_runs,). Runs of one seed may depend on each other.

    Returns:
        (estimate, low, high). The ends are NaN if no level has two different runs.
    """
    size = int(level.max()) + 1
    ways = np.full((size, size), 1 / size) - np.eye(size)
    estimate, error, df = standard_errors(losses, level, np.zeros_like(level), seed, ways)
    value, low, high = _largest(estimate, error, df)
    return float(value), float(low), float(high)


def _of_tables(losses: Array) -> list[tuple[float, float, float]]:
    """`sensitivity_of` of many blocks in which every level has the same seeds. losses: (num_blocks, seeds, levels)."""
    num_seeds, size = losses.shape[1:]
    ways = np.full((size, size), 1 / size) - np.eye(size)
    means = losses.mean(axis=1)
    squares = np.sum(((losses - means[:, np.newaxis]) @ ways.T) ** 2, axis=1)
    error = np.sqrt(squares / (num_seeds * (num_seeds - 1)))
    error[error <= 1e-12 * np.abs(losses).max(axis=(1, 2))[:, np.newaxis]] = np.nan
    found = _largest(means @ ways.T, error, np.full(error.shape, num_seeds - 1.0))
    return [(value, low, high) for value, low, high in zip(*(each.tolist() for each in found), strict=True)]


def _largest(estimate: Array, error: Array, df: Array) -> tuple[Array, Array, Array]:
    """The largest contrast and the ends of its interval. The arguments are (..., num_levels)."""
    highs = estimate + stdtrit(df, 1 - TAIL) * error
    lows = estimate - stdtrit(df, 1 - TAIL / estimate.shape[-1]) * error
    return estimate.max(axis=-1), np.maximum(lows.max(axis=-1), 0), highs.max(axis=-1)


def _level(study: Study, factor: int, place: int) -> Any:
    return study.levels[study.grid.names[factor]][place]


def _mean(at: AtLevel) -> float:
    assert at.mean is not None
    return at.mean
