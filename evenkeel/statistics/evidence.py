"""What may be said with a given number of seeds."""

from enum import StrEnum


class EvidenceLevel(StrEnum):
    TRACES = "traces"
    DESCRIPTIVE = "descriptive"
    INTERVALS = "intervals"
    FULL = "full"


# Level -> how many distinct finished seeds it needs.
FROM = {EvidenceLevel.TRACES: 0, EvidenceLevel.DESCRIPTIVE: 3, EvidenceLevel.INTERVALS: 5, EvidenceLevel.FULL: 10}


def evidence_level(n: int) -> EvidenceLevel:
    """The level that n distinct finished seeds reach."""
    return max((level for level, least in FROM.items() if n >= least), key=FROM.__getitem__)


def seeds_for_more(n: int) -> int | None:
    """How many seeds the next level needs; None at the last level."""
    return min((least for least in FROM.values() if least > n), default=None)


def inside_next(n: int) -> float:
    """Probability that one more seed falls inside the min-max band of n seeds.

    It is (n - 1) / (n + 1), whatever the distribution: the last of n + 1 exchangeable values is the lowest or the
    highest with probability 2 / (n + 1).
    """
    return (n - 1) / (n + 1) if n else 0.0
