"""What the store promises, on SQLite and on Postgres."""

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from records import TAKER, TASKS, make_cell, mirrored

from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim, Lease
from evenkeel.records.rows import Epoch
from evenkeel.records.status import Status
from evenkeel.records.workers import Taker
from evenkeel.schema import metadata
from evenkeel.store import Store, now_ms

CELLS = [make_cell(norm=norm) for norm in ("batch", "none")]
VALUES = {"train_accuracy": 0.5, "val_accuracy": 0.4, "train_loss": 1.0, "val_loss": 1.1}


def claimed(store: Store, lease_seconds: float = 60) -> Claim:
    """A claim on the only run of a fresh experiment."""
    store.grids.ensure("exp", CELLS[:1], [7])
    claim = store.claims.take(TAKER, lease_seconds)
    assert claim is not None
    return claim


def epoch(claim: Claim, number: int) -> Epoch:
    return Epoch(claim.run_id, number, VALUES, 0.1, now_ms())


def test_the_migrations_make_exactly_the_tables_that_the_code_speaks_to(store: Store) -> None:
    with store.database.write() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(store: Store) -> None:
    store.grids.ensure("exp", CELLS, [0])
    store.migrate()
    assert len(store.runs.all("exp")) == 2


def test_posting_again_makes_only_what_is_missing(store: Store) -> None:
    assert len(store.grids.ensure("exp", CELLS[:1], [0, 1]).created) == 2
    again = store.grids.ensure("exp", CELLS, [0, 1, 2])
    assert (len(again.created), again.existing) == (4, 2)
    assert store.grids.ensure("exp", CELLS, [0, 1, 2]).created == []
    assert [run.seed for run in store.runs.all("exp")][-2:] == [2, 2]


def test_many_posts_at_once_make_each_run_once(store: Store) -> None:
    threads = [threading.Thread(target=store.grids.ensure, args=("exp", CELLS, range(5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(run.cell_hash, run.seed) for run in store.runs.all("exp")}) == len(store.runs.all("exp")) == 10


def test_a_run_is_claimed_by_one_worker_however_many_try(store: Store) -> None:
    [run_id] = store.grids.ensure("exp", CELLS[:1], [0]).created
    claims: list[Claim | None] = []
    threads = [
        threading.Thread(target=lambda i=i: claims.append(store.claims.take(Taker(f"w{i}", "v", TASKS), 60)))  # type: ignore[misc]
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([claim for claim in claims if claim is not None]) == 1
    run = store.runs.find(run_id)
    assert run is not None
    assert (run.status, run.attempt) == (Status.RUNNING, 1)


def test_a_claim_carries_the_spec_that_was_posted(store: Store) -> None:
    claim = claimed(store)
    assert claim.spec.cell == CELLS[0]
    assert claim.spec.seed == 7


def test_a_worker_that_lost_its_claim_can_write_nothing(store: Store) -> None:
    lost = claimed(store, lease_seconds=-1)
    assert store.claims.append_epoch(lost, epoch(lost, 1))
    assert store.claims.expire(max_crashes=3) == [lost.run_id]
    assert not store.claims.append_epoch(lost, epoch(lost, 2))
    held = store.claims.take(Taker("w2", "v1", TASKS), 60)
    assert held is not None
    assert not store.claims.append_epoch(lost, epoch(lost, 2))
    assert not store.claims.finish(lost, Outcome.CONVERGED)
    assert not store.claims.record_checkpoint(lost, 2, "/nowhere", "0" * 64)
    assert store.claims.renew(lost, 60) is Lease.LOST
    assert store.claims.append_epoch(held, epoch(held, 1))
    assert store.claims.renew(held, 60) is Lease.HELD
    assert [row.epoch for row in store.runs.epochs([held.run_id])[held.run_id]] == [1]


def test_an_epoch_written_twice_stands_once(store: Store) -> None:
    claim = claimed(store)
    assert store.claims.append_epoch(claim, epoch(claim, 1))
    assert store.claims.append_epoch(claim, epoch(claim, 1))
    assert len(store.runs.epochs([claim.run_id])[claim.run_id]) == 1


def test_a_run_names_its_task_and_how_many_epochs_it_trains(store: Store) -> None:
    claim = claimed(store)
    run = store.runs.find(claim.run_id)
    assert run is not None
    assert (run.task, run.epochs, run.num_epochs) == ("classification", 3, 0)
    assert (run.cell, run.seed, run.levels) == (CELLS[0], claim.spec.seed, CELLS[0].levels)


def test_a_run_that_keeps_crashing_fails_and_says_why(store: Store) -> None:
    [run_id] = store.grids.ensure("exp", CELLS[:1], [0]).created
    for expected in (Status.QUEUED, Status.QUEUED, Status.FAILED):
        claim = store.claims.take(TAKER, 60)
        assert claim is not None
        assert store.claims.crash(claim, Reason.DIED, "killed by SIGKILL", max_crashes=3)
        run = store.runs.find(run_id)
        assert run is not None
        assert run.status is expected
    assert run.error == "killed by SIGKILL, 3 times without a new checkpoint in between"
    assert run.ended_ms is not None
    assert store.experiments.retry("exp") == 1
    assert store.claims.take(TAKER, 60) is not None


def test_giving_a_run_back_is_no_crash(store: Store) -> None:
    claim = claimed(store)
    assert store.claims.release(claim)
    run = store.runs.find(claim.run_id)
    assert run is not None
    assert (run.status, run.crashes) == (Status.QUEUED, 0)


def test_a_lease_that_has_not_run_out_is_left_alone(store: Store) -> None:
    claimed(store)
    assert store.claims.expire(max_crashes=3) == []


@pytest.mark.parametrize("end", ["confirm", "release", "expire", "crash", "fail"])
def test_a_cancelled_run_ends_cancelled_whichever_way_it_stops(store: Store, end: str) -> None:
    claim = claimed(store, lease_seconds=-1)
    store.grids.ensure("exp", CELLS[:1], [8])
    assert store.experiments.cancel("exp") == (1, 1)
    if end == "confirm":
        assert store.claims.confirm_cancel(claim)
    elif end == "release":
        assert store.claims.release(claim)
    elif end == "crash":
        assert store.claims.crash(claim, Reason.DIED, "killed", max_crashes=1)
    elif end == "fail":
        assert store.claims.fail(claim, Reason.ERROR, "broken")
    else:
        assert store.claims.expire(max_crashes=3) == [claim.run_id]
    assert {run.status for run in store.runs.all("exp")} == {Status.CANCELLED}


def test_renewing_tells_that_a_cancel_was_asked_for(store: Store) -> None:
    claim = claimed(store)
    store.experiments.cancel("exp")
    assert store.claims.renew(claim, 60) is Lease.CANCEL


def test_the_outbox_holds_what_changed_until_it_is_mirrored(store: Store) -> None:
    claim = claimed(store)
    [run] = store.outbox.unmirrored(10)
    mirrored(store, run, "mlflow-id", 0)
    assert store.outbox.unmirrored(10) == []
    store.claims.append_epoch(claim, epoch(claim, 1))
    [run] = store.outbox.unmirrored(10)
    assert (run.mlflow_run_id, run.num_epochs) == ("mlflow-id", 1)


def test_a_change_while_a_run_is_being_mirrored_is_not_lost(store: Store) -> None:
    claim = claimed(store)
    [seen] = store.outbox.unmirrored(10)
    store.claims.append_epoch(claim, epoch(claim, 1))
    mirrored(store, seen, "mlflow-id", 0)
    assert [run.id for run in store.outbox.unmirrored(10)] == [claim.run_id]
