"""What the paper's findings claim about single networks, each with a test of the claim and a test of its opposite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from evenkeel.factors.centring import centre, effective_epochs
from evenkeel.plugins import Outcome
from evenkeel.statistics.shares import p_of_lower_median

if TYPE_CHECKING:
    from evenkeel.analysis.summary import CellSummary

    Array = np.ndarray[Any, np.dtype[np.float64]]

NEAR_PERFECT = 0.95  # median final training accuracy
NARROW = 0.03  # standard deviation over the seeds; the min-max band of three seeds is then 0.05 wide on average
NEARLY = 2.0  # "nearly as stable" means a spread that is less than this many times as wide
SELDOM = 0.05  # the share of runs that may diverge or collapse where every network trains


@dataclass(frozen=True)
class Tested:
    """p: a small one shows the claim. opposite: a small one shows the opposite of the claim."""

    p: float
    opposite: float

    @property
    def turned(self) -> Tested:
        return Tested(self.opposite, self.p)


@dataclass(frozen=True)
class Network:
    """The finished runs of a cell, one for each seed.

    Attributes:
        finals: (n,), final accuracies. That of a diverged run is 0.
        bad: Number of runs that diverged or collapsed.
        spread: Standard deviation over the seeds, the root of the mean of the variance over the epochs, of the runs
            that trained. None if fewer than two did, or if the cell is unstable.
        df: Degrees of freedom of its square.
    """

    finals: Array
    bad: int
    spread: float | None
    df: float

    @property
    def n(self) -> int:
        return len(self.finals)


def networks(cells: Sequence[CellSummary]) -> list[Network | None]:
    """The networks of these cells; None for a cell with an unfinished run, or with fewer than two finished ones.

    How many independent epochs the curves are worth is estimated from all cells together.
    """
    known = [_runs(cell) if not cell.divergence.unfinished and cell.divergence.n >= 2 else [] for cell in cells]
    trained = [
        (index, curve.values)
        for index, (cell, runs) in enumerate(zip(cells, known, strict=True))
        for curve in runs
        if curve.outcome is Outcome.CONVERGED and not cell.divergence.unstable
    ]
    longest = max((len(values) for _, values in trained), default=0)
    curves = np.full((len(trained), longest), np.nan)
    for row, (_, values) in enumerate(trained):
        curves[row, : len(values)] = [np.nan if value is None else value for value in values]
    cell_of = np.array([index for index, _ in trained], np.int64)
    rows, log_spread = centre(curves, cell_of, len(cells))
    epochs = effective_epochs(rows, cell_of, len(cells))
    n = np.bincount(cell_of, minlength=len(cells))
    return [
        Network(
            finals=np.array([_final(curve) for curve in runs]),
            bad=sum(curve.outcome is not Outcome.CONVERGED for curve in runs),
            spread=float(np.exp(log_spread[index])) if np.isfinite(log_spread[index]) else None,
            df=(int(n[index]) - 1) * epochs,
        )
        if runs
        else None
        for index, runs in enumerate(known)
    ]


def near_perfect(network: Network) -> Tested:
    """The median final accuracy is above `NEAR_PERFECT`, and no run is lost.

    A mean that is so near to 1 depends on how far the worst runs may fall, and few runs leave that open. The opposite
    is shown where more than one run in twenty is lost, or where the median is below.
    """
    p = p_of_lower_median(network.finals, NEAR_PERFECT)
    return Tested(1.0, _either(1 - p, _breaks(network))) if network.bad else Tested(p, 1 - p)


def narrow(network: Network) -> Tested:
    """The spread is below `NARROW`: a chi-square test of the mean variance, with its degrees of freedom (Box 1954).

    A network of which runs are lost is not narrow, whatever the spread of the others.
    """
    below = above = None
    if network.spread is not None:
        square = network.df * (network.spread / NARROW) ** 2
        below, above = float(stats.chi2.cdf(square, network.df)), float(stats.chi2.sf(square, network.df))
    if network.bad:
        return Tested(1.0, _either(above, _breaks(network)))
    return Tested(1.0 if below is None else below, 1.0 if above is None else above)


def narrower(a: Network, b: Network, margin: float = 1.0) -> Tested:
    """a spreads less than `margin` times as wide as b: an F test of the mean variances.

    If one of them loses a larger share of its runs, it is the less stable one. Then Fisher's exact test counts, too.
    """
    p = opposite = None
    if a.spread and b.spread:
        ratio = (a.spread / b.spread / margin) ** 2
        p, opposite = float(stats.f.cdf(ratio, a.df, b.df)), float(stats.f.sf(ratio, a.df, b.df))
    if a.bad * b.n > b.bad * a.n:
        return Tested(1.0, _either(opposite, _more_lost(a, b)))
    if b.bad * a.n > a.bad * b.n:
        p = _either(p, _more_lost(b, a))
    return Tested(1.0 if p is None else p, 1.0 if opposite is None else opposite)


def _breaks(network: Network) -> float:
    """p of the binomial test that more than `SELDOM` of the runs are lost."""
    return float(stats.binom.sf(network.bad - 1, network.n, SELDOM))


def _more_lost(a: Network, b: Network) -> float:
    """p of Fisher's exact test, one-sided: are more runs of a lost than of b?"""
    table = [[a.bad, a.n - a.bad], [b.bad, b.n - b.bad]]
    return min(1.0, float(stats.fisher_exact(table, alternative="greater").pvalue))


def _either(p: float | None, other: float) -> float:
    """p of two tests of which either is enough (Bonferroni), or of the other one alone if there is no p."""
    return other if p is None else min(1.0, 2 * min(p, other))


def _runs(cell: CellSummary) -> list[Any]:
    return [curve for curve in cell.curves if curve.counted and curve.outcome is not None]


def _final(curve: Any) -> float:
    value = curve.values[-1] if curve.values and curve.outcome is not Outcome.DIVERGED else None
    return 0.0 if value is None else float(value)
