"""What a comparison of two cells says."""

from evenkeel.stability.compare import Comparison, Sample
from evenkeel.stability.multiple import LEVEL


def comparison_says(found: Comparison, a: Sample, b: Sample, name_a: str, name_b: str) -> str:
    """found: `compare(a, b)`. The names are the cells'."""
    better = found.improvement
    if better.probability is None or better.p is None or better.smallest_p is None:
        nothing = name_a if not len(a.values) else name_b
        return f"No finished run of {nothing} has this metric."
    chance = f"A run of {name_a} is better than one of {name_b} with probability {better.probability:.0%}"
    if better.low is not None:
        chance += f" (95 % {better.low:.0%} to {better.high:.0%})"
    if better.smallest_p > LEVEL:
        counts = f"{len(a.values)} against {len(b.values)} seeds"
        return f"{chance}; {counts} cannot reach 0.05 (smallest p {better.smallest_p:.2g})."
    verdict = "shows a difference" if better.p <= LEVEL else "shows no difference"
    return f"{chance}; the exact test {verdict} (p {better.p:.2g})."
