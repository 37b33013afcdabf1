"""What may be said with so many seeds."""

from enum import StrEnum


class EvidenceLevel(StrEnum):
    TRACES = "traces"
    DESCRIPTIVE = "descriptive"
    INTERVALS = "intervals"
    FULL = "full"


# Level -> the distinct finished seeds that it takes.
FROM = {EvidenceLevel.TRACES: 0, EvidenceLevel.DESCRIPTIVE: 3, EvidenceLevel.INTERVALS: 5, EvidenceLevel.FULL: 10}


def evidence_level(n: int) -> EvidenceLevel:
    """Of n distinct seeds that have finished."""
    return max((level for level, least in FROM.items() if n >= least), key=FROM.__getitem__)


def seeds_for_more(n: int) -> int | None:
    """How many seeds the next level takes; None at the last."""
    return min((least for least in FROM.values() if least > n), default=None)


def inside_next(n: int) -> float:
    """Probability that one more seed falls inside the min-max band of n: (n - 1) / (n + 1), whatever the distribution.

    Of n + 1 exchangeable values the last is the lowest or the highest with probability 2 / (n + 1).
    """
    return (n - 1) / (n + 1) if n else 0.0
