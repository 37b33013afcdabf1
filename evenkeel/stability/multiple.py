"""Many tests at once."""

from collections.abc import Sequence

LEVEL = 0.05


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm (1979): the k-th smallest of m times m - k + 1, never falling, at most 1. None is no test and does not
    count."""
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        adjusted[index] = highest
    return adjusted
