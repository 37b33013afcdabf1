"""A cell is called the best only as often as it may be."""

import numpy as np
import pytest

from evenkeel.statistics.best import shown_best


@pytest.mark.slow
@pytest.mark.parametrize("cells", [2, 3, pytest.param(8, marks=pytest.mark.soak)])
def test_among_equal_cells_one_is_called_the_best_in_at_most_one_of_twenty_studies(cells: int) -> None:
    rng = np.random.default_rng(cells)
    called = sum(shown_best(list(rng.normal(size=(cells, 5))), higher_is_better=True) is not None for _ in range(300))
    assert called / 300 <= 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5


@pytest.mark.slow
def test_a_noisy_cell_with_few_runs_is_not_called_the_best_because_all_of_them_lie_on_one_side() -> None:
    rng = np.random.default_rng(0)
    pairs = ([rng.normal(0, 4, 3), rng.normal(0, 1, 10)] for _ in range(200))
    called = sum(shown_best(pair, higher_is_better=True) is not None for pair in pairs)
    assert called / 200 <= 0.05 + 3 * (0.05 * 0.95 / 200) ** 0.5


def test_the_best_of_several_is_found_if_it_is_far_ahead() -> None:
    cells = [np.arange(5.0) + shift for shift in (0.0, 20.0, 3.0, 1.0)]
    assert shown_best(cells, higher_is_better=True) == 1
    assert shown_best([-cell for cell in cells], higher_is_better=False) == 1


def test_nothing_is_called_the_best_with_too_few_seeds_alone_or_beside_an_empty_cell() -> None:
    far = [np.array([0.0, 1.0, 2.0]), np.array([10.0, 11.0, 12.0])]
    assert shown_best(far, higher_is_better=True) is None  # 3 against 3 runs cannot reach p = 0.05
    assert shown_best([np.arange(9.0)], higher_is_better=True) is None
    assert shown_best([np.arange(9.0), np.array([])], higher_is_better=True) is None
