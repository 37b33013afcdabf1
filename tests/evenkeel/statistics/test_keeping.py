from collections.abc import Callable

import numpy as np
import pytest

from evenkeel.statistics import intervals, noisy_ranks, rank_sums, restricted
from evenkeel.statistics.curves import Array
from evenkeel.statistics.keeping import MOST_BYTES, keep


def test_what_was_made_last_is_kept_and_no_more_than_fits() -> None:
    made = list[int]()

    @keep
    def ones(n: int) -> Array:
        made.append(n)
        return np.ones(n)

    half = MOST_BYTES // 16
    for n in (half, half - 1, half, half - 2, half - 1):
        assert len(ones(n)) == n
    assert made == [half, half - 1, half - 2, half - 1]
    assert [len(ones(MOST_BYTES)) for _ in range(2)] == [MOST_BYTES] * 2
    assert made[4:] == [MOST_BYTES] * 2


@pytest.mark.parametrize(
    "function", [intervals._resamples, restricted._parts, noisy_ranks._tail, rank_sums._ways], ids=lambda f: f.__name__
)
def test_arrays_that_grow_with_the_seeds_are_kept_within_bounds(function: Callable[..., Array]) -> None:
    assert function.cache.maxsize == MOST_BYTES  # type: ignore[attr-defined]


def test_the_ways_of_a_sum_do_not_keep_those_of_smaller_groups() -> None:
    assert rank_sums._ways(tuple(range(12)), 5).base is None
