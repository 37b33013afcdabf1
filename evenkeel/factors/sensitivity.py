"""How sensitive the final value is to an ordered numeric factor, such as the learning rate."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from evenkeel.factors.numbering import numbered
from evenkeel.factors.studentised import standard_errors
from evenkeel.factors.study import Study
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
    found = []
    for factor, name in enumerate(study.grid.names):
        if not is_ordered(study.levels[name]):
            continue
        index = study.grid.index[study.cell_of]
        others = [other for other in range(len(study.grid.names)) if other != factor]
        block = numbered(np.zeros(len(final), np.int64), *(index[:, other] for other in others))
        for number_of_block in np.unique(block):
            runs = np.flatnonzero(block == number_of_block)
            levels = {study.grid.names[each]: _level(study, each, index[runs[0], each]) for each in others}
            one = _one(study, factor, levels, runs, final[runs], bad[runs], higher_is_better, start)
            found += [one] if one else []
    return found


def _one(
    study: Study,
    factor: int,
    levels: dict[str, Any],
    runs: NDArray[np.int64],
    final: Array,
    bad: NDArray[np.bool_],
    higher_is_better: bool,
    start: float | None,
) -> Sensitivity | None:
    """The sensitivity in one block; None if fewer than three levels of the factor have a run that counts."""
    if start is not None:
        capped = np.fmax(final, start) if higher_is_better else np.fmin(final, start)
        # A run that did not diverge may lack a value because the metric was not measured.
        final = np.where(np.isnan(final) & ~bad, np.nan, capped)
    level, known = study.grid.index[study.cell_of[runs], factor], ~np.isnan(final)
    order = sorted(np.unique(level), key=lambda each: float(_level(study, factor, each)))
    at = [
        AtLevel(
            level=_level(study, factor, each),
            n=int(np.sum(known[level == each])),
            bad=int(np.sum(bad[level == each])),
            left_out=int(np.sum((~known & bad)[level == each])),
            mean=number(final[known & (level == each)].mean()) if known[level == each].any() else None,
        )
        for each in order
    ]
    counted = [each for each, found in zip(order, at, strict=True) if found.n]
    if len(counted) < FEWEST_LEVELS:
        return None
    cell = np.array([counted.index(each) for each in level[known]], np.int64)
    value, low, high = sensitivity_of(
        -final[known] if higher_is_better else final[known], cell, study.seed_of[runs][known]
    )
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
    highs = estimate + stdtrit(df, 1 - TAIL) * error
    lows = estimate - stdtrit(df, 1 - TAIL / size) * error
    return float(estimate.max()), float(np.maximum(lows.max(), 0)), float(highs.max())


def _level(study: Study, factor: int, place: int) -> Any:
    return study.levels[study.grid.names[factor]][place]


def _mean(at: AtLevel) -> float:
    assert at.mean is not None
    return at.mean
