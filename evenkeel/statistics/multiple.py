"""The correction of p values when many tests are made at once."""

from collections.abc import Sequence

LEVEL = 0.05


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's correction (1979), in the order of `p_values`.

    The k-th smallest of m p values is multiplied by m - k + 1. A result is at least as large as the result for any
    smaller p, and at most 1. None stands for a test that was not made: it stays None and does not count in m.
    """
    known = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        adjusted[index] = highest
    return adjusted
