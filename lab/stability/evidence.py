"""What may be said with so many seeds."""

from enum import StrEnum
from typing import Any


class Level(StrEnum):
    TRACES = "traces"
    DESCRIPTIVE = "descriptive"
    INTERVALS = "intervals"
    FULL = "full"


FROM = {Level.FULL: 10, Level.INTERVALS: 5, Level.DESCRIPTIVE: 3, Level.TRACES: 0}
SAYS = {
    Level.TRACES: "each seed's curve and nothing else: a spread needs at least three",
    Level.DESCRIPTIVE: "what these seeds did; too few to prove a difference between two cells",
    Level.INTERVALS: "intervals and exact tests",
    Level.FULL: "intervals, exact tests, bootstrap and interquartile mean",
}


def evidence(n: int) -> dict[str, Any]:
    """{"n", "level", "says", "more"} for n distinct seeds that have finished."""
    level = next(level for level, least in FROM.items() if n >= least)
    better = [least for least in FROM.values() if least > n]
    more = f"More seeds: post the same grid again with seeds = {min(better)}." if better else ""
    return {"n": n, "level": str(level), "says": SAYS[level], "more": more}


def inside_next(n: int) -> float:
    """Probability that one more seed falls inside the min-max band of n: (n - 1) / (n + 1), whatever the distribution.

    Of n + 1 exchangeable values the last is the lowest or the highest with probability 2 / (n + 1).
    """
    return (n - 1) / (n + 1) if n else 0.0
