"""Compares two cells, or one cell with several, and claims no more certainty than the few seeds allow."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import scipy

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.detectable import smallest_ratio, smallest_rise
from evenkeel.statistics.equivalence import Margins, NearlyAsStable, NearlyEqual, nearly_as_stable, nearly_equal
from evenkeel.statistics.means import LARGEST, MeanTest, mean_test
from evenkeel.statistics.multiple import LEVEL, holm
from evenkeel.statistics.ranks import Improvement, Noise, probability_of_improvement
from evenkeel.statistics.spreads import SpreadTest, p_of_spread, ratio_limits, spread_ratio
from evenkeel.statistics.values import Value, number

NO_MARGINS = Margins()


@result
class DivergenceTest:
    p: Value = about("p of Fisher's exact test of the numbers of diverged or collapsed runs, two-sided.")
    p_holm: Value = about("p after Holm's correction over the comparisons.")
    smallest_p: Value = about("The smallest p that these numbers of runs can give.")
    smallest_effect: Value = about(
        "How much larger the higher rate has to be so that this test finds it in four of five studies with so many "
        "runs, after Holm's correction. Null if it finds no difference, however large.",
        default=None,
    )


@result
class Comparison:
    improvement: Improvement = about("Are runs of a better than runs of b?")
    divergence: DivergenceTest = about("Do runs of one cell diverge or collapse more often?")
    spread: SpreadTest = about("Do the seeds of one cell spread more?")
    mean: MeanTest = about(
        "How far apart are the means? Trust the other tests first, because this one assumes normal values."
    )
    nearly_as_stable: NearlyAsStable | None = about(
        "Does a spread at most `margin` times as wide as b? Null if no `margin` was asked for."
    )
    nearly_equal: NearlyEqual | None = about(
        "Are the means less than `mean_margin` apart? Null if no `mean_margin` was asked for."
    )


@dataclass(frozen=True)
class Sample:
    """The finished runs of a cell.

    Attributes:
        values: (n,), final values. A diverged run has the metric's worst value, which may be infinite.
        survivors: (m,), final values of the runs that did not diverge.
        bad: Number of runs that diverged or collapsed.
        runs: Number of all finished runs.
        trained: (k,), final values of the runs that neither diverged nor collapsed. By default they are the survivors.
    """

    values: Array
    survivors: Array
    bad: int
    runs: int
    trained: Array | None = None


def compare_family(
    a: Sample | Sequence[Sample],
    others: Sequence[Sample],
    higher_is_better: bool,
    margins: Margins = NO_MARGINS,
    level: float = LEVEL,
) -> list[Comparison]:
    """Compare `a` with each of the others. Holm's correction is over the comparisons, separately for each test.

    If `a` is a list, each of its cells is compared with the other cell in the same place.

    No p_holm falls if a p rises. So the correction of the smallest p that each comparison can give is the smallest
    p_holm that it can give.

    Args:
        margins: What counts as nearly equal. By default nothing is tested against a margin.
        level: The level at which an answer claims something. Only the smallest effects depend on it.
    """
    firsts = [a] * len(others) if isinstance(a, Sample) else a
    own = level / max(1, len(others))
    found = [compare(first, other, higher_is_better, margins, own) for first, other in zip(firsts, others, strict=True)]
    smallest = holm([each.improvement.smallest_p for each in found])
    found = [
        replace(each, improvement=replace(each.improvement, smallest_p_holm=p))
        for each, p in zip(found, smallest, strict=True)
    ]
    for test in (each.name for each in fields(Comparison)):
        results = [getattr(each, test) for each in found]
        if None not in results:
            ps = holm([each.p for each in results])
            found = [
                replace(each, **{test: replace(one, p_holm=p)}) for each, one, p in zip(found, results, ps, strict=True)
            ]
    return found


def compare(
    a: Sample, b: Sample, higher_is_better: bool, margins: Margins = NO_MARGINS, level: float = LEVEL
) -> Comparison:
    """Compare one pair of cells. Every p_holm is None: only `compare_family` knows all comparisons."""
    trained = tuple(each.survivors if each.trained is None else each.trained for each in (a, b))
    own, other = (np.array([]), np.array([])) if _too_large(*trained) else trained
    return Comparison(
        improvement=probability_of_improvement(a.values, b.values, higher_is_better, _noise(own, other), level),
        divergence=_divergence(a, b, level),
        spread=_spread(own, other, level),
        mean=mean_test(a.survivors, b.survivors, level),
        nearly_as_stable=nearly_as_stable(own, other, margins.spread, _worse(a, b)) if margins.spread else None,
        nearly_equal=nearly_equal(a.survivors, b.survivors, margins.mean) if margins.mean else None,
    )


def _divergence(a: Sample, b: Sample, level: float) -> DivergenceTest:
    """Fisher's exact test of the numbers of diverged or collapsed runs, two-sided."""
    if not a.runs or not b.runs:
        return DivergenceTest(None, None, None)
    p = scipy.stats.fisher_exact([[a.bad, a.runs - a.bad], [b.bad, b.runs - b.bad]]).pvalue
    smallest = scipy.stats.fisher_exact([[a.runs, 0], [0, b.runs]]).pvalue
    worse, better = (a, b) if _worse(a, b) else (b, a)
    return DivergenceTest(
        p=min(1.0, float(p)),
        p_holm=None,
        smallest_p=min(1.0, float(smallest)),
        smallest_effect=smallest_rise(worse.runs, better.runs, better.bad, level),
    )


def _spread(a: Array, b: Array, level: float) -> SpreadTest:
    low, high = ratio_limits(a, b, 0.025)
    return SpreadTest(
        ratio=spread_ratio(a, b),
        p=p_of_spread(a, b),
        p_holm=None,
        low=number(float(low)),
        high=number(float(high)),
        smallest_effect=smallest_ratio(len(a), len(b), level),
    )


def _worse(a: Sample, b: Sample) -> bool:
    """Whether a larger share of the runs of a diverged or collapsed."""
    return a.bad * b.runs > b.bad * a.runs


def _noise(a: Array, b: Array) -> Noise | None:
    """The noise of the runs that trained; None if that of either cell cannot be measured."""
    if len(a) < 2 or len(b) < 2:
        return None
    stds = [float(each.std(ddof=1)) for each in (a, b)]
    return Noise(*stds) if min(stds) > 1e-12 * max(1.0, float(np.abs([*a, *b]).max())) else None


def _too_large(a: Array, b: Array) -> bool:
    return any(len(each) and float(np.abs(each).max()) > LARGEST for each in (a, b))
