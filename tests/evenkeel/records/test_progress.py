"""How long an experiment still takes, estimated from its epochs so far."""

import pytest
from records import claim_run, make_cell

from evenkeel.grids.cell import Cell
from evenkeel.plugins import Outcome
from evenkeel.records.progress import RunCounts, count_runs, count_tallies, remaining_seconds
from evenkeel.records.rows import Epoch
from evenkeel.records.status import Status
from evenkeel.store import Store

FAST, SLOW = make_cell("yolo", epochs=10), make_cell("resnet", epochs=10)


@pytest.fixture
def posted(store: Store) -> None:
    """An experiment of two cells and two seeds, all queued."""
    store.grids.ensure("exp", [FAST, SLOW], [0, 1])


def train(store: Store, cell: Cell, epochs: int, seconds: float) -> None:
    """Train the first seed of a cell."""
    claim = claim_run(store, cell, 0)
    for number in range(1, epochs + 1):
        store.claims.append_epoch(claim, Epoch(claim.run_id, number, {"train_loss": 1.0}, seconds, number))


def remaining(store: Store) -> float | None:
    found = store.experiments.find("exp")
    assert found is not None
    return remaining_seconds(store.tallies.of(found.id))


def test_nothing_is_known_before_the_first_epoch(store: Store, posted: None) -> None:
    assert remaining(store) is None


def test_a_cell_without_an_epoch_takes_the_pace_of_the_others(store: Store, posted: None) -> None:
    train(store, FAST, epochs=4, seconds=2.0)
    assert remaining(store) == pytest.approx((6 + 30) * 2.0)


def test_each_cell_has_its_own_pace_and_running_ones_share_the_work(store: Store, posted: None) -> None:
    train(store, FAST, epochs=4, seconds=1.0)
    train(store, SLOW, epochs=2, seconds=5.0)
    assert remaining(store) == pytest.approx(((6 + 10) * 1.0 + (8 + 10) * 5.0) / 2)


def test_nothing_is_left_once_all_is_cancelled(store: Store, posted: None) -> None:
    store.experiments.cancel("exp")
    assert {run.status for run in store.runs.all("exp")} == {Status.CANCELLED}
    assert remaining(store) == 0


def test_runs_are_counted_by_status_and_outcome_and_every_one_is_named() -> None:
    found = count_runs({(Status.FINISHED, Outcome.DIVERGED): 2, (Status.QUEUED, None): 3})
    assert found == RunCounts(
        total=5,
        status={status: {"finished": 2, "queued": 3}.get(status, 0) for status in Status},
        outcome={outcome: 2 * (outcome is Outcome.DIVERGED) for outcome in Outcome},
    )


def test_the_tallies_of_every_cell_count_together(store: Store, posted: None) -> None:
    train(store, FAST, epochs=4, seconds=1.0)
    experiment = store.experiments.find("exp")
    assert experiment is not None
    found = count_tallies(store.tallies.of(experiment.id))
    assert (found.total, found.status[Status.QUEUED], found.status[Status.RUNNING]) == (4, 3, 1)
