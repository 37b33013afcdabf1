"""How long an experiment still takes, from what its epochs took so far."""

import pytest

from lab.cell import Cell
from lab.progress import remaining_seconds
from lab.records import Epoch, Run, Taker
from lab.status import Status
from lab.store import Store

FAST, SLOW = (
    Cell.model_validate({"arch": arch, "norm": "none", "init": "he", "epochs": 10}) for arch in ("yolo", "resnet")
)


@pytest.fixture
def posted(store: Store) -> list[Run]:
    """Two cells and two seeds, all queued."""
    store.ensure_runs("exp", [FAST, SLOW], [0, 1])
    return store.runs("exp")


def train(store: Store, run: Run, epochs: int, seconds: float) -> None:
    claim = store.claim(Taker("w", "v"), 60, run.id)
    assert claim is not None
    for number in range(1, epochs + 1):
        store.append_epoch(claim, Epoch(run.id, number, 0.5, 0.5, 1.0, 1.0, seconds, number))


def remaining(store: Store) -> float | None:
    found = store.experiment("exp")
    assert found is not None
    return remaining_seconds(store.tallies(found.id))


def test_nothing_is_known_before_the_first_epoch(store: Store, posted: list[Run]) -> None:
    assert remaining(store) is None


def test_a_cell_without_an_epoch_takes_the_pace_of_the_others(store: Store, posted: list[Run]) -> None:
    train(store, posted[0], epochs=4, seconds=2.0)
    assert remaining(store) == pytest.approx((6 + 30) * 2.0)


def test_each_cell_has_its_own_pace_and_running_ones_share_the_work(store: Store, posted: list[Run]) -> None:
    train(store, posted[0], epochs=4, seconds=1.0)
    train(store, posted[1], epochs=2, seconds=5.0)
    assert remaining(store) == pytest.approx(((6 + 10) * 1.0 + (8 + 10) * 5.0) / 2)


def test_nothing_is_left_once_all_is_cancelled(store: Store, posted: list[Run]) -> None:
    store.cancel("exp")
    assert {run.status for run in store.runs("exp")} == {Status.CANCELLED}
    assert remaining(store) == 0
