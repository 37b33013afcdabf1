"""Compares two cells, or one cell with several, and claims no more certainty than the few seeds allow."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats
from scipy.special import stdtr, stdtrit

from evenkeel.result import about, result
from evenkeel.statistics.curves import Array
from evenkeel.statistics.multiple import holm
from evenkeel.statistics.ranks import Improvement, probability_of_improvement
from evenkeel.statistics.values import Value, number

LARGEST = 1e75  # the fourth power of a much larger value would overflow


@result
class DivergenceTest:
    p: Value = about("p of Fisher's exact test of the numbers of diverged or collapsed runs, two-sided.")
    p_holm: Value = about("p after Holm's correction over the comparisons.")
    smallest_p: Value = about("The smallest p that these numbers of runs can give.")


@result
class SpreadTest:
    ratio: Value = about(
        "Standard deviation of a divided by that of b, over the final values of the runs that trained."
    )
    p: Value = about("p of the Brown-Forsythe test.")
    p_holm: Value = about("p after Holm's correction over the comparisons.")


@result
class MeanTest:
    difference: Value = about("Mean of a minus mean of b, over the final values of the survivors.")
    low: Value = about("Lower end of the 95 % interval of the difference (Welch).")
    high: Value = about("Upper end of that interval.")
    p: Value = about("p of Welch's t test.")
    p_holm: Value = about("p after Holm's correction over the comparisons.")


@result
class Comparison:
    improvement: Improvement = about("Are runs of a better than runs of b?")
    divergence: DivergenceTest = about("Do runs of one cell diverge or collapse more often?")
    spread: SpreadTest = about("Do the seeds of one cell spread more?")
    mean: MeanTest = about(
        "How far apart are the means? Trust the other tests first, because this one assumes normal values."
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


def compare_family(a: Sample | Sequence[Sample], others: Sequence[Sample], higher_is_better: bool) -> list[Comparison]:
    """Compare `a` with each of the others. Holm's correction is over the comparisons, separately for each test.

    If `a` is a list, each of its cells is compared with the other cell in the same place.

    No p_holm falls if a p rises. So the correction of the smallest p that each comparison can give is the smallest
    p_holm that it can give.
    """
    firsts = [a] * len(others) if isinstance(a, Sample) else a
    found = [compare(first, other, higher_is_better) for first, other in zip(firsts, others, strict=True)]
    adjusted = zip(
        holm([each.improvement.p for each in found]),
        holm([each.improvement.smallest_p for each in found]),
        holm([each.divergence.p for each in found]),
        holm([each.spread.p for each in found]),
        holm([each.mean.p for each in found]),
        strict=True,
    )
    return [_with_holm(each, *ps) for each, ps in zip(found, adjusted, strict=True)]


def compare(a: Sample, b: Sample, higher_is_better: bool) -> Comparison:
    """Compare one pair of cells. Every p_holm is None: only `compare_family` knows all comparisons."""
    return Comparison(
        improvement=probability_of_improvement(a.values, b.values, higher_is_better),
        divergence=_divergence(a, b),
        spread=_spread(*(each.survivors if each.trained is None else each.trained for each in (a, b))),
        mean=_mean(a.survivors, b.survivors),
    )


def _with_holm(
    found: Comparison, improvement: Value, smallest: Value, divergence: Value, spread: Value, mean: Value
) -> Comparison:
    return Comparison(
        improvement=replace(found.improvement, p_holm=improvement, smallest_p_holm=smallest),
        divergence=replace(found.divergence, p_holm=divergence),
        spread=replace(found.spread, p_holm=spread),
        mean=replace(found.mean, p_holm=mean),
    )


def _divergence(a: Sample, b: Sample) -> DivergenceTest:
    """Fisher's exact test of the numbers of diverged or collapsed runs, two-sided."""
    if not a.runs or not b.runs:
        return DivergenceTest(None, None, None)
    p = stats.fisher_exact([[a.bad, a.runs - a.bad], [b.bad, b.runs - b.bad]]).pvalue
    smallest = stats.fisher_exact([[a.runs, 0], [0, b.runs]]).pvalue
    return DivergenceTest(p=min(1.0, float(p)), p_holm=None, smallest_p=min(1.0, float(smallest)))


def _spread(a: Array, b: Array) -> SpreadTest:
    """Brown and Forsythe (1974): Levene's test around the medians. With n = 3 it hardly ever finds a difference."""
    if len(a) < 2 or len(b) < 2 or _too_large(a, b):
        return SpreadTest(None, None, None)
    std_a, std_b = float(a.std(ddof=1)), float(b.std(ddof=1))
    deviations = [np.abs(x - np.median(x)) for x in (a, b)]
    constant = all(np.ptp(d) <= 1e-12 * max(1.0, float(np.max(d))) for d in deviations)
    p = None if constant else number(stats.levene(a, b, center="median").pvalue)
    return SpreadTest(ratio=std_a / std_b if std_b > 0 else None, p=p, p_holm=None)


def _mean(a: Array, b: Array) -> MeanTest:
    """Welch's t test (1947), with degrees of freedom after Satterthwaite. It assumes normal values.

    This is our own code because `scipy.stats.ttest_ind`, which gives the same numbers, warns about a cell whose runs
    all end at the same value.
    """
    if not len(a) or not len(b):
        return MeanTest(None, None, None, None, None)
    difference = float(a.mean() - b.mean())
    if len(a) < 2 or len(b) < 2:
        return MeanTest(difference, None, None, None, None)
    if _too_large(a, b):
        return MeanTest(number(difference), None, None, None, None)
    parts = [float(x.var(ddof=1)) / len(x) for x in (a, b)]
    error = sum(parts) ** 0.5
    if error <= 1e-12 * max(1.0, float(np.abs(np.concatenate([a, b])).max())):
        return MeanTest(difference, None, None, None, None)
    df = sum(parts) ** 2 / sum(part**2 / (len(x) - 1) for part, x in zip(parts, (a, b), strict=True))
    half = float(stdtrit(df, 0.975)) * error
    p = 2 * float(stdtr(df, -abs(difference) / error))
    return MeanTest(difference, difference - half, difference + half, p, p_holm=None)


def _too_large(a: Array, b: Array) -> bool:
    return bool(max(np.abs(a).max(), np.abs(b).max()) > LARGEST)
