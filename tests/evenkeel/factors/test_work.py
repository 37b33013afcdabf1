"""How much work a question about effects is."""

import pytest

from evenkeel.factors.work import work_of


def test_a_thousand_cells_of_twenty_seeds_are_seconds_and_the_papers_grid_is_less_than_one() -> None:
    assert 1 < work_of([2, 2, 2, 5, 5, 5], 20_000, 20) < 9
    assert work_of([2, 2, 2], 24, 50) < 1
    assert 3 < work_of([2, 5, 10, 10], 20_000, 20, gaps=True) < 40


@pytest.mark.parametrize("more", [([2, 5], 200), ([2, 4, 2], 200), ([2, 4], 2000)])
def test_more_levels_factors_and_runs_are_more_work(more: tuple[list[int], int]) -> None:
    assert work_of(*more) > work_of([2, 4], 200)
