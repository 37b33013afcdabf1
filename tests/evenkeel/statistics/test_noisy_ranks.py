"""The rank test allows for a noisy cell where the numbers of runs differ, and says what it would find."""

import numpy as np
import pytest

from evenkeel.statistics.noisy_ranks import noise_tail, smallest_shift
from evenkeel.statistics.rank_sums import exact_tail


def test_three_noisy_runs_beyond_ten_others_show_little() -> None:
    assert exact_tail(3, 10)[30] == pytest.approx(2 / 286)
    # If their noise were infinite, all three would lie on one side in a quarter of the cases.
    assert 0.1 < noise_tail(3, 10, 20.0)[30] < 0.25


def test_it_is_a_p_of_each_distance_and_the_same_from_both_sides() -> None:
    tail = noise_tail(4, 9, 2.0)
    assert tail.shape == (37,)
    assert tail[0] == 1
    assert (np.diff(tail) <= 0).all()
    assert noise_tail(9, 4, 0.5).tolist() == tail.tolist()


def test_with_as_many_runs_the_exact_test_is_enough() -> None:
    assert not noise_tail(5, 5, 4.0).any()


@pytest.mark.parametrize(("n", "m"), [(5, 5), (5, 10)])
def test_the_smallest_shift_is_found_in_four_of_five_studies(n: int, m: int) -> None:
    rng, ratio, found = np.random.default_rng(1), 1.5, []
    shift = smallest_shift(n, m, ratio, 0.05)
    for _ in range(500):
        a, b = ratio * rng.normal(size=n) + shift, rng.normal(size=m)
        distance = abs(2 * np.sum(a[:, np.newaxis] > b) - n * m)
        tail = noise_tail(n, m, a.std(ddof=1) / b.std(ddof=1))
        found.append(max(exact_tail(n, m)[distance], tail[distance]) <= 0.05)
    assert np.mean(found) == pytest.approx(0.8, abs=0.06)
    assert smallest_shift(m, n, 1 / ratio, 0.05) * ratio == pytest.approx(shift, rel=0.15)


def test_three_against_three_find_no_shift_however_large() -> None:
    assert smallest_shift(3, 3, 1.0, 0.05) is None
