"""The store's promises, each on SQLite and on Postgres."""

import threading
import time

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from lab.cell import Cell
from lab.records import Claim, Epoch, Lease, Taker, Worker
from lab.status import Outcome, Status
from lab.store import Store, now_ms
from lab.store.schema import metadata

CELLS = [Cell(arch="yolo", norm=norm, init="he") for norm in ("batch", "none")]  # type: ignore[arg-type]


def claimed(store: Store, lease_seconds: float = 60) -> Claim:
    """A claim on the only run of a fresh experiment."""
    [run_id] = store.ensure_runs("exp", CELLS[:1], [7]).created
    claim = store.claim(Taker("w1", "v1"), lease_seconds, run_id)
    assert claim is not None
    return claim


def epoch(claim: Claim, number: int) -> Epoch:
    return Epoch(claim.run_id, number, 0.5, 0.4, 1.0, 1.1, 0.1, now_ms())


def test_the_migrations_make_exactly_the_tables_that_the_code_speaks_to(store: Store) -> None:
    with store.engine.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_twice_changes_nothing(store: Store) -> None:
    store.ensure_runs("exp", CELLS, [0])
    store.migrate()
    assert len(store.runs("exp")) == 2


def test_posting_again_makes_only_what_is_missing(store: Store) -> None:
    assert len(store.ensure_runs("exp", CELLS[:1], [0, 1]).created) == 2
    again = store.ensure_runs("exp", CELLS, [0, 1, 2])
    assert (len(again.created), again.existing) == (4, 2)
    assert store.ensure_runs("exp", CELLS, [0, 1, 2]).created == []
    assert [run.seed for run in store.runs("exp")][-2:] == [2, 2]


def test_many_posts_at_once_make_each_run_once(store: Store) -> None:
    threads = [threading.Thread(target=store.ensure_runs, args=("exp", CELLS, range(5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(run.cell_hash, run.seed) for run in store.runs("exp")}) == len(store.runs("exp")) == 10


def test_a_run_is_claimed_by_one_worker_however_many_try(store: Store) -> None:
    [run_id] = store.ensure_runs("exp", CELLS[:1], [0]).created
    claims: list[Claim | None] = []
    threads = [
        threading.Thread(target=lambda i=i: claims.append(store.claim(Taker(f"w{i}", "v"), 60, run_id)))  # type: ignore[misc]
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([claim for claim in claims if claim is not None]) == 1
    run = store.run(run_id)
    assert run is not None
    assert (run.status, run.attempt) == (Status.RUNNING, 1)


def test_a_claim_carries_the_spec_that_was_posted(store: Store) -> None:
    claim = claimed(store)
    assert claim.spec.cell == CELLS[0]
    assert claim.spec.seed == 7


def test_a_worker_that_lost_its_claim_can_write_nothing(store: Store) -> None:
    lost = claimed(store, lease_seconds=-1)
    assert store.append_epoch(lost, epoch(lost, 1))
    assert store.expire_leases(max_crashes=3) == [lost.run_id]
    assert not store.append_epoch(lost, epoch(lost, 2))
    held = store.claim(Taker("w2", "v1"), 60, lost.run_id)
    assert held is not None
    assert not store.append_epoch(lost, epoch(lost, 2))
    assert not store.finish(lost, Outcome.CONVERGED)
    assert not store.record_checkpoint(lost, 2, "/nowhere", "0" * 64)
    assert store.renew(lost, 60) is Lease.LOST
    assert store.append_epoch(held, epoch(held, 1))
    assert store.renew(held, 60) is Lease.HELD
    assert [row.epoch for row in store.epochs([held.run_id])[held.run_id]] == [1]


def test_an_epoch_written_twice_stands_once(store: Store) -> None:
    claim = claimed(store)
    assert store.append_epoch(claim, epoch(claim, 1))
    assert store.append_epoch(claim, epoch(claim, 1))
    assert len(store.epochs([claim.run_id])[claim.run_id]) == 1


def test_a_run_that_keeps_crashing_fails_and_says_why(store: Store) -> None:
    [run_id] = store.ensure_runs("exp", CELLS[:1], [0]).created
    for expected in (Status.QUEUED, Status.QUEUED, Status.FAILED):
        claim = store.claim(Taker("w", "v"), 60, run_id)
        assert claim is not None
        assert store.crash(claim, "killed by SIGKILL", max_crashes=3)
        run = store.run(run_id)
        assert run is not None
        assert run.status is expected
    assert run.error == "killed by SIGKILL, 3 times"
    assert run.ended_ms is not None
    assert store.retry("exp") == 1
    assert store.claim(Taker("w", "v"), 60, run_id) is not None


def test_giving_a_run_back_is_no_crash(store: Store) -> None:
    claim = claimed(store)
    assert store.release(claim)
    run = store.run(claim.run_id)
    assert run is not None
    assert (run.status, run.crashes) == (Status.QUEUED, 0)


def test_a_lease_that_has_not_run_out_is_left_alone(store: Store) -> None:
    claimed(store)
    assert store.expire_leases(max_crashes=3) == []


@pytest.mark.parametrize("end", ["confirm", "release", "expire"])
def test_a_cancelled_run_ends_cancelled_whichever_way_it_stops(store: Store, end: str) -> None:
    claim = claimed(store, lease_seconds=-1)
    store.ensure_runs("exp", CELLS[:1], [8])
    assert store.cancel("exp") == (1, 1)
    if end == "confirm":
        assert store.confirm_cancel(claim)
    elif end == "release":
        assert store.release(claim)
    else:
        assert store.expire_leases(max_crashes=3) == [claim.run_id]
    assert {run.status for run in store.runs("exp")} == {Status.CANCELLED}


def test_renewing_tells_that_a_cancel_was_asked_for(store: Store) -> None:
    claim = claimed(store)
    store.cancel("exp")
    assert store.renew(claim, 60) is Lease.CANCEL


def test_the_outbox_holds_what_changed_until_it_is_mirrored(store: Store) -> None:
    claim = claimed(store)
    [run] = store.unmirrored(10)
    store.mark_mirrored(run, "mlflow-id", 0, new=True)
    assert store.unmirrored(10) == []
    store.append_epoch(claim, epoch(claim, 1))
    [run] = store.unmirrored(10)
    assert (run.mlflow_run_id, run.num_epochs) == ("mlflow-id", 1)


def test_a_change_while_a_run_is_being_mirrored_is_not_lost(store: Store) -> None:
    claim = claimed(store)
    [seen] = store.unmirrored(10)
    store.append_epoch(claim, epoch(claim, 1))
    store.mark_mirrored(seen, "mlflow-id", 0, new=True)
    assert [run.id for run in store.unmirrored(10)] == [claim.run_id]


def test_a_duty_has_one_holder_until_it_lapses(store: Store) -> None:
    assert store.hold_duty("mirror", "a", 0.2)
    assert store.hold_duty("mirror", "a", 0.2)
    assert not store.hold_duty("mirror", "b", 60)
    time.sleep(0.3)
    assert store.hold_duty("mirror", "b", 60)


def test_workers_are_seen_while_they_say_so(store: Store) -> None:
    store.see_worker(Worker("w", 1, "cpu", "v", now_ms()))
    store.see_worker(Worker("w", 2, "cpu", "v", now_ms()))
    store.see_worker(Worker("gone", 1, "cpu", "v", now_ms() - 60_000))
    assert [(worker.name, worker.slots) for worker in store.workers(15)] == [("w", 2)]
