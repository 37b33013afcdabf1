"""The rank test allows for a noisy cell where the numbers of runs differ, and says what it would find."""

import tracemalloc

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


@pytest.mark.parametrize(("n", "m"), [(5, 5), (6, 10)])
def test_the_smallest_shift_is_found_in_four_of_five_studies(n: int, m: int) -> None:
    rng, found = np.random.default_rng(1), []
    for _ in range(300):
        s_a, s_b = (rng.normal(size=size).std(ddof=1) for size in (n, m))
        shift = smallest_shift(n, m, s_a / s_b, 0.05)
        if shift is None:
            continue
        a, b = rng.normal(size=n) + shift * s_b, rng.normal(size=m)
        distance = abs(2 * np.sum(a[:, np.newaxis] > b) - n * m)
        tail = noise_tail(n, m, a.std(ddof=1) / b.std(ddof=1))
        found.append(max(exact_tail(n, m)[distance], tail[distance]) <= 0.05)
    assert np.mean(found) == pytest.approx(0.8, abs=0.1)


def test_seen_from_the_other_cell_the_smallest_shift_is_the_same() -> None:
    assert smallest_shift(10, 6, 0.5, 0.05) == pytest.approx(smallest_shift(6, 10, 2.0, 0.05) * 0.5, rel=0.15)


def test_three_against_three_find_no_shift_however_large() -> None:
    assert smallest_shift(3, 3, 1.0, 0.05) is None


def test_three_runs_tell_too_little_about_their_noise_to_name_a_shift() -> None:
    assert smallest_shift(3, 10, 1.0, 0.05) is None


@pytest.mark.slow
def test_cells_of_hundreds_of_runs_take_little_memory() -> None:
    tracemalloc.start()
    try:
        assert smallest_shift(120, 121, 1.0, 0.05) == pytest.approx(0.36, abs=0.03)
        assert tracemalloc.get_traced_memory()[1] < 60e6
    finally:
        tracemalloc.stop()
