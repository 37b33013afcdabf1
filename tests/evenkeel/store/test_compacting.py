"""A finished run needs no row for each of its epochs: what it says of them stays the same without."""

import pytest
from records import claim_run, finish_run, log_epochs, make_cell
from sqlalchemy import func, select, update

from evenkeel.analysis.summary import Summaries
from evenkeel.records.rows import Epoch
from evenkeel.schema import curves, epochs
from evenkeel.store import Store
from evenkeel.store.compacting import AT_ONCE, Dropped
from models.task import CLASSIFICATION

CELL = make_cell()


def rows_left(store: Store) -> dict[str, int]:
    query = select(epochs.c.run_id, func.count().label("n")).group_by(epochs.c.run_id)
    with store.database.read() as db:
        return {row.run_id: row.n for row in db.execute(query)}


def some_runs(store: Store) -> tuple[list[str], str]:
    """(the ids of two finished runs, of which one has two attempts, the id of a run that trains)."""
    first = claim_run(store, CELL, 0)
    log_epochs(store, first, [0.1, 0.2])
    store.claims.release(first)
    finished = [finish_run(store, CELL, 0, [0.1, 0.2, 0.3]), finish_run(store, CELL, 1, [0.2])]
    log_epochs(store, going := claim_run(store, CELL, 2), [0.1, 0.4])
    return finished, going.run_id


def test_a_run_says_the_same_of_its_epochs_after_their_rows_are_dropped(store: Store) -> None:
    finished, going = some_runs(store)

    def said() -> tuple[dict[str, list[Epoch]], dict[str, list[Epoch]], bytes]:
        every = [*finished, going]
        [(_, facts)] = Summaries(store).find(CLASSIFICATION, {}, "val_accuracy", "exp").cells
        return store.runs.epochs(every), store.runs.epochs(every, after=2), facts.json

    before = said()
    assert [len(rows) for rows in before[0].values()] == [3, 1, 2]
    [done] = store.compacting.drop()
    assert (done.runs, done.kept) == (2, ())
    assert rows_left(store) == {going: 2}
    assert said() == before


def test_what_is_left_to_drop_is_counted_and_done_once(store: Store) -> None:
    some_runs(store)
    num_runs, num_rows = store.compacting.to_do()
    assert num_runs == 2
    assert sum(done.rows for done in store.compacting.drop()) == num_rows >= 4
    assert store.compacting.to_do() == (0, 0)
    assert list(store.compacting.drop()) == []


def test_a_run_whose_packed_curves_say_something_else_keeps_its_rows(store: Store) -> None:
    changed, other = (finish_run(store, CELL, seed, [0.1, 0.2]) for seed in (0, 1))
    with store.database.write() as db:
        packed = db.scalar(select(curves.c.packed).where(curves.c.run_id == changed))
        assert packed is not None
        db.execute(update(curves).where(curves.c.run_id == changed).values(packed=packed[:-8] + bytes(8)))
    assert list(store.compacting.drop()) == [Dropped(runs=2, rows=2, kept=(changed,))]
    assert rows_left(store) == {changed: 2}
    assert [epoch.epoch for epoch in store.runs.epochs([other])[other]] == [1, 2]


def test_deleting_an_experiment_counts_epochs_without_rows(store: Store) -> None:
    finish_run(store, CELL, 0, [0.1, 0.2, 0.3])
    list(store.compacting.drop())
    finish_run(store, CELL, 1, [0.1])
    assert store.deletions.delete("exp") == (1, 2, 4)


@pytest.mark.slow
def test_many_runs_are_done_in_parts_and_the_store_is_smaller_afterwards(store: Store) -> None:
    for seed in range(AT_ONCE + 1):
        finish_run(store, CELL, seed, [0.1, 0.2, 0.3])
    before = store.compacting.size_bytes()
    assert [done.runs for done in store.compacting.drop()] == [AT_ONCE, 1]
    store.compacting.shrink()
    after = store.compacting.size_bytes()
    assert after < before if store.database.dialect == "sqlite" else after > 0
    assert len(store.runs.all("exp")) == AT_ONCE + 1
