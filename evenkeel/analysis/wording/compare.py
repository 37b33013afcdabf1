"""Puts the comparison of two cells into sentences."""

from evenkeel.stability.compare import Comparison, Sample
from evenkeel.stability.multiple import LEVEL


def comparison_says(found: Comparison, a: Sample, b: Sample, name_a: str, name_b: str) -> str:
    """Say whether runs of one cell are better than runs of the other, and how sure that is.

    Args:
        found: The result of comparing `a` with `b`.
        name_a: The name of the cell that `a` belongs to.
        name_b: The name of the cell that `b` belongs to.
    """
    better = found.improvement
    if better.probability is None or better.p is None or better.smallest_p is None:
        nothing = name_a if not len(a.values) else name_b
        return f"No finished run of {nothing} has this metric."
    chance = f"A run of {name_a} is better than one of {name_b} with probability {better.probability:.0%}"
    if better.low is not None:
        chance += f" (95 % interval {better.low:.0%} to {better.high:.0%})"
    if better.smallest_p > LEVEL:
        counts = f"{len(a.values)} against {len(b.values)} seeds"
        return f"{chance}. But {counts} cannot reach p = 0.05 (the smallest possible p is {better.smallest_p:.2g})."
    verdict = "shows a difference" if better.p <= LEVEL else "shows no difference"
    return f"{chance}. The exact test {verdict} (p = {better.p:.2g})."
