"""Puts the comparison of two cells into sentences."""

import numpy as np

from evenkeel.statistics.compare import Comparison, Sample
from evenkeel.statistics.equivalence import NearlyAsStable, NearlyEqual
from evenkeel.statistics.multiple import LEVEL
from evenkeel.statistics.rank_sums import PERMUTATIONS

TESTS = {
    "exact": "The exact test",
    "permutation": f"The test by {PERMUTATIONS:,} random permutations",
    "noise": "The rank test, which here allows for unequal noise,",
}


def comparison_says(
    found: Comparison, a: Sample, b: Sample, name_a: str, name_b: str, comparisons: int, level: float = LEVEL
) -> str:
    """Say whether runs of one cell are better than runs of the other, and how sure that is.

    The sentence claims a difference only if it holds after Holm's correction. So among all the sentences of an answer,
    the chance of a wrong claim is at most 5 %. Where it shows no difference, it names the smallest one that it would
    have found. If there are margins, it also says whether the cells are nearly equal.

    Args:
        found: The result of comparing `a` with `b`, as `compare_family` gives it.
        name_a: The name of the cell that `a` belongs to.
        name_b: The name of the cell that `b` belongs to.
        comparisons: How many comparisons Holm's correction is over.
        level: What p is compared with.
    """
    said = [_better(found, a, b, name_a, name_b, comparisons, level)]
    corrected = f" after Holm's correction over {comparisons} comparisons" if comparisons > 1 else ""
    if found.nearly_as_stable and found.nearly_as_stable.p_holm is not None:
        said.append(_as_stable(found.nearly_as_stable, name_a, name_b, corrected, level))
    if found.nearly_equal and found.nearly_equal.p_holm is not None:
        said.append(_as_high(found.nearly_equal, name_a, name_b, corrected, level))
    return " ".join(said)


def _better(found: Comparison, a: Sample, b: Sample, name_a: str, name_b: str, comparisons: int, level: float) -> str:
    better = found.improvement
    if better.method is None or better.probability is None or better.p_holm is None or better.smallest_p_holm is None:
        nothing = name_a if not len(a.values) else name_b
        return f"No finished run of {nothing} has this metric."
    chance = f"A run of {name_a} is better than one of {name_b} with probability {better.probability:.0%}"
    if better.low is not None:
        chance += f" (95 % interval {better.low:.0%} to {better.high:.0%})"
    corrected = f" after Holm's correction over {comparisons} comparisons" if comparisons > 1 else ""
    if better.smallest_p_holm > level:
        noise = " with this noise" if better.method == "noise" else ""
        counts = f"{len(a.values)} against {len(b.values)} seeds{_with_ties(a, b)}{noise}"
        smallest = f"the smallest possible p is {_p(better.smallest_p_holm, level)}{corrected}"
        return f"{chance}. But {counts} cannot reach p = {level:.2g} ({smallest})."
    verdict = "shows a difference" if better.p_holm <= level else "shows no difference"
    said = f"{chance}. {TESTS[better.method]} {verdict} (p = {_p(better.p_holm, level)}{corrected})."
    if better.p_holm > level and better.smallest_effect is not None:
        missed = f"a difference under {better.smallest_effect:.2g} in more than one study of five"
        said += f" This many seeds would miss {missed}."
    return said


def _as_stable(found: NearlyAsStable, name_a: str, name_b: str, corrected: str, level: float) -> str:
    if found.p == 1 and found.high is not None and found.high < found.margin:
        return f"{name_a} is not nearly as stable as {name_b}: a larger share of its runs diverged or collapsed."
    shown = found.p_holm is not None and found.p_holm <= level
    limit = f", 95 % limit {found.high:.2g} times" if found.high is not None else ""
    told = f"{name_a} spreads less than {found.margin:g} times as wide as {name_b}"
    ends = f"(p = {_p(found.p_holm or 0.0, level)}{corrected}{limit})"
    return f"{told} {ends}." if shown else f"It could not be shown that {told} {ends}."


def _as_high(found: NearlyEqual, name_a: str, name_b: str, corrected: str, level: float) -> str:
    shown = found.p_holm is not None and found.p_holm <= level
    told = f"the means of {name_a} and {name_b} are less than {found.margin:g} apart"
    ends = f"(p = {_p(found.p_holm or 0.0, level)}{corrected})"
    return f"{told[:1].upper()}{told[1:]} {ends}." if shown else f"It could not be shown that {told} {ends}."


def _with_ties(a: Sample, b: Sample) -> str:
    values = np.concatenate([a.values, b.values])
    return "" if len(np.unique(values)) == len(values) else " with these ties"


def _p(p: float, level: float) -> str:
    """Two digits, or four where two would not show on which side of the level it lies."""
    short = f"{p:.2g}"
    return f"{p:.4g}" if float(short) == level else short
