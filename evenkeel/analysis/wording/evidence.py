"""Says what a number of seeds can show, and how to show more."""

from evenkeel.statistics.evidence import EvidenceLevel, seeds_for_more

SAYS = {
    EvidenceLevel.TRACES: "only each seed's curve is shown, because a spread needs at least three seeds",
    EvidenceLevel.DESCRIPTIVE: "you see what these seeds did, but they are too few to prove a difference between two "
    "cells",
    EvidenceLevel.INTERVALS: "there are intervals and exact tests",
    EvidenceLevel.FULL: "there are intervals, exact tests, bootstrap and interquartile mean",
}


def how_to_say_more(n: int, elsewhere: bool = False) -> str:
    """How to reach the next level. It is empty at the last level.

    Args:
        n: The number of seeds that have finished.
        elsewhere: Whether the runs were not trained by a lab.
    """
    needed = seeds_for_more(n)
    if needed is not None and elsewhere:
        return f"With {needed} seeds there is more to say."
    return "" if needed is None else f"To add seeds, post the same grid again with seeds = {needed}."
