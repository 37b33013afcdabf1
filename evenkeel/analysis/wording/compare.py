"""Puts the comparison of two cells into sentences."""

import numpy as np

from evenkeel.statistics.compare import Comparison, Sample
from evenkeel.statistics.multiple import LEVEL
from evenkeel.statistics.rank_sums import PERMUTATIONS

TESTS = {"exact": "The exact test", "permutation": f"The test by {PERMUTATIONS:,} random permutations"}


def comparison_says(
    found: Comparison, a: Sample, b: Sample, name_a: str, name_b: str, comparisons: int, level: float = LEVEL
) -> str:
    """Say whether runs of one cell are better than runs of the other, and how sure that is.

    The sentence claims a difference only if it holds after Holm's correction. So among all the sentences of an answer,
    the chance of a wrong claim is at most 5 %.

    Args:
        found: The result of comparing `a` with `b`, as `compare_family` gives it.
        name_a: The name of the cell that `a` belongs to.
        name_b: The name of the cell that `b` belongs to.
        comparisons: How many comparisons Holm's correction is over.
        level: What p is compared with.
    """
    better = found.improvement
    if better.method is None or better.probability is None or better.p_holm is None or better.smallest_p_holm is None:
        nothing = name_a if not len(a.values) else name_b
        return f"No finished run of {nothing} has this metric."
    chance = f"A run of {name_a} is better than one of {name_b} with probability {better.probability:.0%}"
    if better.low is not None:
        chance += f" (95 % interval {better.low:.0%} to {better.high:.0%})"
    corrected = f" after Holm's correction over {comparisons} comparisons" if comparisons > 1 else ""
    if better.smallest_p_holm > level:
        counts = f"{len(a.values)} against {len(b.values)} seeds{_with_ties(a, b)}"
        smallest = f"the smallest possible p is {_p(better.smallest_p_holm, level)}{corrected}"
        return f"{chance}. But {counts} cannot reach p = {level:.2g} ({smallest})."
    verdict = "shows a difference" if better.p_holm <= level else "shows no difference"
    return f"{chance}. {TESTS[better.method]} {verdict} (p = {_p(better.p_holm, level)}{corrected})."


def _with_ties(a: Sample, b: Sample) -> str:
    values = np.concatenate([a.values, b.values])
    return "" if len(np.unique(values)) == len(values) else " with these ties"


def _p(p: float, level: float) -> str:
    """Two digits, or four where two would not show on which side of the level it lies."""
    short = f"{p:.2g}"
    return f"{p:.4g}" if float(short) == level else short
