"""Which cells are shown if there are too many to read."""

import pytest
from records import finish_run, make_cell

from evenkeel.analysis.choosing import First, choose_cells
from evenkeel.analysis.summary import Summaries
from evenkeel.plugins import Outcome
from evenkeel.store import Store
from models.task import CLASSIFICATION

ACCURACY, LOSS = CLASSIFICATION.metric("train_accuracy"), CLASSIFICATION.metric("train_loss")
RATES = [0.001, 0.01, 0.1, 1.0]
CELLS = [make_cell(lr=rate) for rate in RATES]


@pytest.fixture
def filled(store: Store) -> Store:
    """The second cell is best. The third lost one run of two, so it is unstable. The last one has no result."""
    for cell, ends in zip(CELLS, ((0.5, 0.5), (0.7, 0.9), (0.99,)), strict=False):
        for seed, end in enumerate(ends):
            finish_run(store, cell, seed, [0.1, 0.3, end])
    finish_run(store, CELLS[2], 1, [0.1, 0.1, 0.1], Outcome.DIVERGED, 2)
    store.grids.ensure("exp", CELLS[3:], [0])
    return store


def chosen(store: Store, first: First | None, at_most: int = 4, metric: object = ACCURACY) -> list[float]:
    found = choose_cells(Summaries(store), CLASSIFICATION, {}, metric, "exp", None, first, at_most)  # type: ignore[arg-type]
    assert (found.of, found.are_all) == (4, at_most >= 4)
    return [cell.levels["lr"] for cell in found.cells]


@pytest.mark.parametrize("at_most", [2, 4])
def test_the_best_come_first_and_the_unstable_and_the_unknown_last(filled: Store, at_most: int) -> None:
    assert chosen(filled, First.BEST, at_most) == [0.01, 0.001, 0.1, 1.0][:at_most]
    assert chosen(filled, First.BEST, at_most, LOSS) == [0.01, 0.001, 0.1, 1.0][:at_most]


@pytest.mark.parametrize("at_most", [1, 4])
def test_those_that_lost_most_come_first(filled: Store, at_most: int) -> None:
    assert chosen(filled, First.LOST, at_most) == [0.1, 0.001, 0.01, 1.0][:at_most]


def test_all_stand_in_the_order_of_their_levels_and_of_too_many_the_best_are_chosen(filled: Store) -> None:
    assert chosen(filled, None) == RATES
    assert chosen(filled, First.LEVELS, 2) == RATES[:2]
    assert chosen(filled, None, 2) == chosen(filled, First.BEST, 2)
