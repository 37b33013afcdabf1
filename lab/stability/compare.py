"""Two cells against each other, and many against one, with no more certainty than so few seeds allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import stdtr, stdtrit

from lab.stability.curves import Array
from lab.stability.multiple import LEVEL, holm
from lab.stability.ranks import probability_of_improvement

LARGEST = 1e100  # beyond it squares are no numbers any more
TESTS = ("improvement", "divergence", "spread", "mean")


@dataclass(frozen=True)
class Sample:
    """A cell's finished runs. values: (n,) final values, the metric's worst (which may be infinite) for a diverged run.
    survivors: (m,) those of runs that did not diverge. bad: diverged or collapsed runs, of `runs`. name: in
    sentences."""

    values: Array
    survivors: Array
    bad: int
    runs: int
    name: str = "the other"


def compare(a: Sample, b: Sample, higher_is_better: bool) -> dict[str, Any]:
    """{"improvement", "divergence", "spread", "mean", "says"}, see `api.schemas.statistics.Comparison`; None where
    there is no such number."""
    found = {
        "improvement": probability_of_improvement(a.values, b.values, higher_is_better),
        "divergence": _divergence(a, b),
        "spread": _spread(a.survivors, b.survivors),
        "mean": _mean(a.survivors, b.survivors),
    }
    return found | {"says": _says(found, a, b)}


def compare_family(a: Sample, others: Sequence[Sample], higher_is_better: bool) -> list[dict[str, Any]]:
    """`compare` with each of the others; beside each p stands `p_holm`, over the comparisons, for each test by
    itself."""
    found = [compare(a, other, higher_is_better) for other in others]
    for test in TESTS:
        for comparison, p_holm in zip(found, holm([comparison[test]["p"] for comparison in found]), strict=True):
            comparison[test]["p_holm"] = p_holm
    return found


def _divergence(a: Sample, b: Sample) -> dict[str, Any]:
    """Fisher's exact test, two-sided, of diverged or collapsed runs."""
    if not a.runs or not b.runs:
        return {"p": None, "smallest_p": None}
    p = stats.fisher_exact([[a.bad, a.runs - a.bad], [b.bad, b.runs - b.bad]]).pvalue
    smallest = stats.fisher_exact([[a.runs, 0], [0, b.runs]]).pvalue
    return {"p": min(1.0, float(p)), "smallest_p": min(1.0, float(smallest))}


def _spread(a: Array, b: Array) -> dict[str, Any]:
    """Brown and Forsythe (1974): Levene's test around the medians. At n = 3 it hardly ever finds anything."""
    if len(a) < 2 or len(b) < 2:
        return {"ratio": None, "p": None}
    if max(np.abs(a).max(), np.abs(b).max()) > LARGEST:
        return {"ratio": None, "p": None}
    std_a, std_b = float(a.std(ddof=1)), float(b.std(ddof=1))
    deviations = [np.abs(x - np.median(x)) for x in (a, b)]
    constant = all(np.ptp(d) <= 1e-12 * max(1.0, float(np.max(d))) for d in deviations)
    p = None if constant else _number(stats.levene(a, b, center="median").pvalue)
    return {"ratio": std_a / std_b if std_b > 0 else None, "p": p}


def _mean(a: Array, b: Array) -> dict[str, Any]:
    """Welch (1947), degrees of freedom after Satterthwaite. Second to the others: it trusts in normal values."""
    if len(a) < 2 or len(b) < 2:
        difference = float(a.mean() - b.mean()) if len(a) and len(b) else None
        return {"difference": difference, "low": None, "high": None, "p": None}
    difference = float(a.mean() - b.mean())
    if max(np.abs(a).max(), np.abs(b).max()) > LARGEST:
        return {"difference": _number(difference), "low": None, "high": None, "p": None}
    parts = [float(x.var(ddof=1)) / len(x) for x in (a, b)]
    error = sum(parts) ** 0.5
    if error <= 1e-12 * max(1.0, float(np.abs(np.concatenate([a, b])).max())):
        return {"difference": difference, "low": None, "high": None, "p": None}
    df = sum(parts) ** 2 / sum(part**2 / (len(x) - 1) for part, x in zip(parts, (a, b), strict=True))
    half = float(stdtrit(df, 0.975)) * error
    p = 2 * float(stdtr(df, -abs(difference) / error))
    return {"difference": difference, "low": difference - half, "high": difference + half, "p": p}


def _says(found: dict[str, Any], a: Sample, b: Sample) -> str:
    better = found["improvement"]
    if better["probability"] is None:
        nothing = a.name if not len(a.values) else b.name
        return f"No finished run of {nothing} has this metric."
    chance = f"A run of {a.name} is better than one of {b.name} with probability {better['probability']:.0%}"
    if better["low"] is not None:
        chance += f" (95 % {better['low']:.0%} to {better['high']:.0%})"
    if better["smallest_p"] > LEVEL:
        counts = f"{len(a.values)} against {len(b.values)} seeds"
        return f"{chance}; {counts} cannot reach 0.05 (smallest p {better['smallest_p']:.2g})."
    verdict = "shows a difference" if better["p"] <= LEVEL else "shows no difference"
    return f"{chance}; the exact test {verdict} (p {better['p']:.2g})."


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
