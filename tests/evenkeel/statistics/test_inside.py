"""How many whole curves lie inside the band of the others."""

import numpy as np
import pytest

from evenkeel.statistics.inside import curves_inside_the_others


def test_a_curve_counts_if_no_epoch_of_it_is_the_only_lowest_or_highest() -> None:
    assert curves_inside_the_others(np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])) == 1
    assert curves_inside_the_others(np.array([[1.0, 1.0], [2.0, 4.0], [3.0, 3.0]])) == 0
    assert curves_inside_the_others(np.array([[1.0], [1.0], [3.0], [3.0]])) == 4
    assert curves_inside_the_others(np.array([[1.0], [2.0]])) == 0


@pytest.mark.parametrize("n", [3, 5, 10])
def test_at_a_single_epoch_it_is_n_minus_two_of_n(n: int) -> None:
    rng = np.random.default_rng(0)
    assert {curves_inside_the_others(rng.normal(size=(n, 1))) for _ in range(20)} == {n - 2}
