"""What may be said with so many seeds, and how to say more."""

from evenkeel.stability.evidence import EvidenceLevel, seeds_for_more

SAYS = {
    EvidenceLevel.TRACES: "each seed's curve and nothing else: a spread needs at least three",
    EvidenceLevel.DESCRIPTIVE: "what these seeds did; too few to prove a difference between two cells",
    EvidenceLevel.INTERVALS: "intervals and exact tests",
    EvidenceLevel.FULL: "intervals, exact tests, bootstrap and interquartile mean",
}


def how_to_say_more(n: int) -> str:
    """With n seeds finished; empty at the last level."""
    needed = seeds_for_more(n)
    return "" if needed is None else f"More seeds: post the same grid again with seeds = {needed}."
