"""Runs wait in lanes and are counted, whatever happens to them, on SQLite and on Postgres."""

import random
import uuid
from collections.abc import Callable
from contextlib import suppress

import pytest
from counting import counted, counted_anew
from records import TAKER, TASKS, make_cell
from sqlalchemy import insert

from evenkeel.claims import lanes as lanes_module
from evenkeel.grids.sharing import Sharing
from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker
from evenkeel.schema import cells, runs
from evenkeel.store import CellTrains, ExperimentTrains, Store, now_ms

CELLS = [make_cell(), make_cell(dataset="food101"), make_cell("resnet")]
NAMES = ("one", "two")


class Walk:
    """Does random things to a store. What it cannot do now, it leaves."""

    def __init__(self, store: Store, rng: random.Random) -> None:
        self.store, self.rng = store, rng
        self.claims: list[Claim] = []

    def step(self) -> None:
        ended: list[Callable[[Claim], object]] = [
            lambda claim: self.store.claims.finish(claim, Outcome.DIVERGED, 1),
            lambda claim: self.store.claims.fail(claim, Reason.ERROR, "broke"),
            lambda claim: self.store.claims.crash(claim, Reason.DIED, "died", 2),
            self.store.claims.release,
            self.store.claims.confirm_cancel,
        ]
        does = [self.post, self.take, self.take, self.take, lambda: self.end(self.rng.choice(ended))]
        does += [self.change, self.delete, self.store.lanes.sum_up, lambda: self.end(ended[0])]
        self.rng.choice(does)()

    def post(self) -> None:
        chosen = self.rng.sample(CELLS, self.rng.randint(1, 3))
        self.store.grids.ensure(self.rng.choice(NAMES), chosen, range(self.rng.randint(1, 6)), Sharing(max_running=3))

    def take(self) -> None:
        taker = self.rng.choice([TAKER, Taker("other", "v", TASKS, prepared=[("food101", 32)])])
        if claim := self.store.claims.take(taker, 60):
            assert self.store.claims.append_epoch(claim, Epoch(claim.run_id, 1, {"val_loss": None}, 0.1, now_ms()))
            self.claims.append(claim)

    def end(self, how: Callable[[Claim], object]) -> None:
        if self.claims:
            how(self.claims.pop(self.rng.randrange(len(self.claims))))

    def change(self) -> None:
        known = self.store.experiments
        self.rng.choice([known.pause, known.resume, known.cancel, known.retry, known.resume])(self.rng.choice(NAMES))

    def delete(self) -> None:
        name = self.rng.choice(NAMES)
        if (found := self.store.experiments.find(name)) is None:
            return
        try:
            if self.rng.random() < 0.8:
                self.store.deletions.forget(found.id, self.rng.choice(CELLS).hash)
            else:
                self.store.deletions.delete(name)
        except (CellTrains, ExperimentTrains):
            pass


@pytest.mark.slow
@pytest.mark.parametrize(
    "seed", [0, 1, pytest.param(2, marks=pytest.mark.soak), pytest.param(3, marks=pytest.mark.soak)]
)
def test_the_counts_are_those_of_a_fresh_count_whatever_happens(
    store: Store, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(lanes_module, "FEW_COUNTS", 0)
    walk, seen = Walk(store, random.Random(seed)), set()
    for _ in range(150):
        walk.step()
        assert counted(store) == counted_anew(store)
        seen |= {status for _, status, _ in counted(store)}
    assert seen == {"queued", "running", "paused", "finished", "failed", "cancelled"}


def test_a_transaction_that_is_undone_counts_nothing(store: Store) -> None:
    store.grids.ensure("exp", CELLS, range(3))
    before = counted(store)
    with suppress(ZeroDivisionError), store.database.write() as db:
        db.execute(runs.update().values(status="failed"))
        raise ZeroDivisionError
    assert counted(store) == before == counted_anew(store)


def test_cells_that_the_same_workers_can_train_share_a_lane(store: Store) -> None:
    store.grids.ensure("exp", CELLS, range(2))
    store.grids.ensure("exp", [make_cell("vgg")], range(2))
    store.grids.ensure("other", CELLS[:1], range(2))
    assert sorted(counted(store).values()) == [2, 2, 6]


def test_what_an_earlier_version_posts_is_counted_and_taken_once_it_has_a_lane(store: Store) -> None:
    store.grids.ensure("exp", CELLS[:1], [0])
    with store.database.write() as db:
        row = dict(db.execute(cells.select()).mappings().one())
        row |= {"id": 99, "hash": "new", "lane_id": None, "levels": CELLS[2].stored_levels}
        db.execute(insert(cells), [row])
        own = {"seed": 1, "status": "queued", "created_ms": now_ms()}
        for cell_id in (row["id"], 1):
            db.execute(insert(runs), [{"id": uuid.uuid4().hex, "cell_id": cell_id, **own}])
    assert store.claims.take(TAKER, 60) is not None
    assert store.claims.take(TAKER, 60) is None
    assert store.lanes.settle() == 2
    assert counted(store) == counted_anew(store)
    assert len([claim for _ in range(3) if (claim := store.claims.take(TAKER, 60))]) == 2
    assert store.lanes.settle() == 0
