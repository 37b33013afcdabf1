"""Deleting a cell deletes all that belongs to it and nothing else, on SQLite and on Postgres."""

import threading

import pytest
from records import TAKER, claim_run, finish_run, log_epochs, make_cell, make_unreadable
from sqlalchemy import func, select

from evenkeel.analysis.summary import Summaries
from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.schema import cells, correct, curves, epochs, runs
from evenkeel.statistics.noise import pack_bits
from evenkeel.store import CellTrains, Store
from models.task import CLASSIFICATION

YOLO, RESNET = make_cell(), make_cell("resnet")


def sizes(store: Store) -> dict[str, int]:
    with store.database.read() as db:
        tables = (cells, runs, epochs, curves, correct)
        return {table.name: db.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def experiment_id(store: Store, name: str = "exp") -> int:
    found = store.experiments.find(name)
    assert found is not None
    return found.id


def finish_with_bits(store: Store, seed: int) -> None:
    claim = claim_run(store, YOLO, seed)
    log_epochs(store, claim, [0.1, 0.2, 0.3])
    store.claims.record_correct(claim, 2, pack_bits([True, False]))  # type: ignore[arg-type]
    store.claims.finish(claim, Outcome.CONVERGED)


@pytest.mark.parametrize("readable", [True, False])
def test_a_cell_goes_with_its_runs_and_epochs_and_leaves_every_other_alone(store: Store, readable: bool) -> None:
    finish_run(store, RESNET, 0, [0.1, 0.2, 0.3])
    finish_run(store, YOLO, 0, [0.4, 0.5, 0.6], experiment="other")
    before = sizes(store)
    finish_with_bits(store, 0)
    finish_with_bits(store, 1)
    store.grids.ensure("exp", [YOLO], [2])
    cell_hash = YOLO.hash if readable else make_unreadable(store, YOLO, arch="my_net")
    stamp, tally = store.tallies.stamp(experiment_id(store)), store.tallies.of(experiment_id(store))
    assert store.deletions.forget(experiment_id(store), cell_hash) == (3, 6)
    assert sizes(store) == before
    assert [run.cell_hash for run in store.runs.all("exp")] == [RESNET.hash]
    assert [run.cell_hash for run in store.runs.all("other")] == [YOLO.hash]
    assert store.tallies.stamp(experiment_id(store)) != stamp
    assert len(store.tallies.of(experiment_id(store))) < len(tally)
    assert store.tallies.seeds(experiment_id(store)) == [0]
    assert store.tallies.counts()[experiment_id(store)].num_cells == 1
    assert store.deletions.forget(experiment_id(store), cell_hash) is None


def test_the_last_cell_leaves_an_empty_experiment_that_can_be_posted_to_again(store: Store) -> None:
    finish_run(store, YOLO, 0, [0.1, 0.2, 0.3])
    assert store.deletions.forget(experiment_id(store), YOLO.hash) == (1, 3)
    assert store.tallies.of(experiment_id(store)) == []
    assert len(store.grids.ensure("exp", [YOLO], [0]).created) == 1


def test_while_a_run_trains_nothing_is_deleted(store: Store) -> None:
    finish_run(store, YOLO, 0, [0.1, 0.2, 0.3])
    claim = claim_run(store, YOLO, 1)
    before = sizes(store)
    with pytest.raises(CellTrains, match="that train now: 1"):
        store.deletions.forget(experiment_id(store), YOLO.hash)
    assert sizes(store) == before
    log_epochs(store, claim, [0.5])
    store.claims.fail(claim, Reason.ERROR, "over")
    assert store.deletions.forget(experiment_id(store), YOLO.hash) == (2, 4)


def test_a_cell_that_is_posted_and_trained_again_has_none_of_the_deleted_numbers(store: Store) -> None:
    summaries = Summaries(store)
    finish_run(store, YOLO, 0, [0.1, 0.2, 0.3])
    [(_, before)] = summaries.cells(CLASSIFICATION, {}, "train_accuracy")
    stamp = store.tallies.stamp(experiment_id(store))
    store.deletions.forget(experiment_id(store), YOLO.hash)
    assert summaries.cells(CLASSIFICATION, {}, "train_accuracy") == []
    finish_run(store, YOLO, 0, [0.7, 0.8, 0.9])
    [(_, after)] = summaries.cells(CLASSIFICATION, {}, "train_accuracy")
    assert (before.final.mean, after.final.mean) == (0.3, 0.9)
    assert store.tallies.stamp(experiment_id(store)) != stamp


def test_of_a_claim_and_a_deletion_at_once_one_wins_and_nothing_is_half_done(store: Store) -> None:
    for turn in range(10):
        store.grids.ensure("exp", [YOLO], [turn])
        found = experiment_id(store)
        claims, deleted = [], []

        def claim(claims: list[object] = claims) -> None:
            claims.append(store.claims.take(TAKER, 60))

        def forget(deleted: list[object] = deleted, found: int = found) -> None:
            try:
                deleted.append(store.deletions.forget(found, YOLO.hash))
            except CellTrains:
                deleted.append(None)

        threads = [threading.Thread(target=claim), threading.Thread(target=forget)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (claims == [None]) is (deleted != [None])
        if claims != [None]:
            assert store.claims.release(claims[0])  # type: ignore[arg-type]
            store.deletions.forget(found, YOLO.hash)
        assert sizes(store)["runs"] == 0


def test_a_post_and_a_deletion_at_once_leave_whole_cells(store: Store) -> None:
    for turn in range(10):
        store.grids.ensure("exp", [YOLO], [0])
        found = experiment_id(store)
        threads = [
            threading.Thread(target=store.grids.ensure, args=("exp", [YOLO], [0, 1])),
            threading.Thread(target=store.deletions.forget, args=(found, YOLO.hash)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sizes(store)["runs"] in (0, 2), turn
