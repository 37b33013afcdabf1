"""Attempts at one run: what each adopts of the earlier ones, and what ends them."""

import time
from collections.abc import Mapping

import pytest
from records import TAKER, make_cell, mirrored
from sqlalchemy import select, update

from evenkeel.database import clock_ms
from evenkeel.plugins import Outcome
from evenkeel.records.endings import Reason
from evenkeel.records.leases import Claim, Lease
from evenkeel.records.rows import Epoch, Run
from evenkeel.records.status import Status
from evenkeel.records.workers import Taker
from evenkeel.schema import attempts, epochs
from evenkeel.store import Store, now_ms

CPU = {"torch": "2.9.0", "device": "cpu", "cpu_capability": "AVX2", "threads": "1"}
OTHER = CPU | {"cpu_capability": "AVX512"}


def take(store: Store) -> Claim:
    claim = store.claims.take(TAKER, 60)
    assert claim is not None
    return claim


@pytest.fixture
def first(store: Store) -> Claim:
    """The first claim of the only run."""
    store.grids.ensure("exp", [make_cell(epochs=5)], [0])
    return take(store)


def train(store: Store, claim: Claim, numbers: range, at_ms: int, values: Mapping[str, float] | None = None) -> None:
    for number in numbers:
        epoch = Epoch(claim.run_id, number, values or {"train_loss": 1 / number}, 0.1, at_ms + number)
        assert store.claims.append_epoch(claim, epoch)


def run_of(store: Store, claim: Claim) -> Run:
    run = store.runs.find(claim.run_id)
    assert run is not None
    return run


def logged(store: Store, claim: Claim) -> dict[int, int]:
    """epoch -> when it was logged, as the run's epochs are read."""
    return {row.epoch: row.logged_ms for row in store.runs.epochs([claim.run_id])[claim.run_id]}


def rows(store: Store) -> list[tuple[int, int]]:
    """(attempt, epoch) of every row."""
    with store.database.read() as db:
        found = db.execute(select(epochs.c.attempt, epochs.c.epoch).order_by(epochs.c.epoch, epochs.c.attempt))
        return [(row.attempt, row.epoch) for row in found]


def endings(store: Store) -> list[str | None]:
    with store.database.read() as db:
        return list(db.scalars(select(attempts.c.ending).order_by(attempts.c.attempt)))


def crash(store: Store, claim: Claim, reason: Reason = Reason.DIED) -> Status:
    assert store.claims.crash(claim, reason, "killed", max_crashes=3)
    return run_of(store, claim).status


def test_the_next_attempt_adopts_the_epochs_that_its_checkpoint_had_trained(store: Store, first: Claim) -> None:
    store.claims.begin(first, 0, 0, "", CPU)
    train(store, first, range(1, 5), at_ms=100)
    crash(store, first)
    second = take(store)
    assert (second.attempt, second.recorded, second.threads) == (2, 4, 1)
    assert store.claims.begin(second, 2, 7, "", CPU)
    assert logged(store, second) == {1: 101, 2: 102}
    assert run_of(store, second).num_epochs == 2


def test_an_epoch_that_is_trained_again_keeps_its_time_and_stands_once(store: Store, first: Claim) -> None:
    store.claims.begin(first, 0, 0, "", CPU)
    train(store, first, range(1, 5), at_ms=100)
    crash(store, first)
    second = take(store)
    store.claims.begin(second, 2, 0, "", CPU)
    train(store, second, range(3, 6), at_ms=200)
    assert logged(store, second) == {1: 101, 2: 102, 3: 103, 4: 104, 5: 205}
    assert store.claims.finish(second, Outcome.CONVERGED)
    assert rows(store) == [(2, epoch) for epoch in range(1, 6)]


def test_an_epoch_that_is_measured_otherwise_takes_the_place_of_all_that_followed(store: Store, first: Claim) -> None:
    store.claims.begin(first, 0, 0, "", CPU)
    train(store, first, range(1, 6), at_ms=100)
    mirrored(store, run_of(store, first), "in-mlflow", 5)
    crash(store, first)
    second = take(store)
    store.claims.begin(second, 2, 0, "", OTHER)
    train(store, second, range(3, 4), 200)
    assert run_of(store, second).mlflow_run_id == "in-mlflow", "the same arithmetic or not, it measured the same"
    train(store, second, range(4, 5), 200, {"train_loss": 0.7})
    assert rows(store) == [(2, 1), (2, 2), (2, 3), (2, 4)]
    run = run_of(store, second)
    assert (run.mlflow_run_id, run.mirrored_epoch) == (None, 0), "MLflow's copy is no longer true"


@pytest.mark.parametrize(("arithmetic", "kept"), [(CPU, "in-mlflow"), (OTHER, None)])
def test_only_an_attempt_that_starts_again_with_another_arithmetic_drops_what_was_measured(
    store: Store, first: Claim, arithmetic: dict[str, str], kept: str | None
) -> None:
    store.claims.begin(first, 0, 0, "", CPU)
    train(store, first, range(1, 3), at_ms=100)
    mirrored(store, run_of(store, first), "in-mlflow", 2)
    store.claims.release(first)
    second = take(store)
    store.claims.begin(second, 0, 0, "the checkpoint was made elsewhere", arithmetic)
    assert len(rows(store)) == (2 if kept else 0)
    assert run_of(store, second).mlflow_run_id == kept
    assert logged(store, second) == {}


def test_a_run_with_a_gap_in_its_history_has_failed_and_the_next_attempt_can_fill_it(
    store: Store, first: Claim
) -> None:
    train(store, first, range(1, 3), 100)
    train(store, first, range(4, 6), 100)
    assert store.claims.finish(first, Outcome.CONVERGED)
    run = run_of(store, first)
    assert (run.status, run.error, run.outcome) == (Status.FAILED, "epoch 3 is missing in the store", None)
    store.experiments.retry("exp")
    second = take(store)
    assert second.recorded == 2
    assert store.claims.begin(second, 5, 0, "", CPU)
    train(store, second, range(3, 6), 200)
    assert store.claims.finish(second, Outcome.CONVERGED)
    assert run_of(store, second).status is Status.FINISHED
    assert logged(store, second) == {1: 101, 2: 102, 3: 203, 4: 104, 5: 105}


def test_what_was_measured_on_other_data_is_dropped(store: Store, first: Claim) -> None:
    store.claims.begin(first, 0, 0, "", CPU)
    store.claims.record_dataset(first, "these")
    train(store, first, range(1, 3), 100)
    mirrored(store, run_of(store, first), "in-mlflow", 2)
    store.claims.release(first)
    second = take(store)
    store.claims.begin(second, 0, 0, "its checkpoint is of another dataset", CPU)
    assert len(rows(store)) == 2
    store.claims.record_dataset(second, "others")
    assert rows(store) == []
    assert run_of(store, second).mlflow_run_id is None


def test_what_an_attempt_had_not_yet_trained_again_when_it_ended_is_not_lost(store: Store, first: Claim) -> None:
    train(store, first, range(1, 5), at_ms=100)
    store.claims.release(first)
    second = take(store)
    store.claims.begin(second, 2, 0, "", CPU)
    store.experiments.cancel("exp")
    assert store.claims.confirm_cancel(second)
    run = run_of(store, second)
    assert (run.status, run.num_epochs, list(logged(store, second))) == (Status.CANCELLED, 4, [1, 2, 3, 4])


def test_a_worker_that_lost_its_claim_begins_nothing(store: Store, first: Claim) -> None:
    store.claims.release(first)
    second = take(store)
    assert not store.claims.begin(first, 3, 0, "", OTHER)
    run = run_of(store, second)
    assert (run.num_epochs, run.arithmetic) == (0, None)


def test_a_crash_after_a_new_checkpoint_does_not_spend_the_budget(store: Store, first: Claim) -> None:
    claim = first
    for epoch in range(1, 6):
        assert store.claims.record_checkpoint(claim, epoch, "/there", "0" * 64)
        assert crash(store, claim) is Status.QUEUED
        assert run_of(store, claim).crashes == 1
        claim = take(store)
    for expected in (Status.QUEUED, Status.FAILED):
        # A checkpoint that was reached before is no progress.
        assert store.claims.record_checkpoint(claim, 3, "/there", "0" * 64)
        assert crash(store, claim) is expected
        claim = take(store) if expected is Status.QUEUED else claim
    assert run_of(store, claim).error == "killed, 3 times without a new checkpoint in between"


def test_a_checkpoint_within_an_epoch_is_progress_too(store: Store, first: Claim) -> None:
    store.claims.record_checkpoint(first, 0, "/there", "0" * 64, step=40)
    crash(store, first)
    second = take(store)
    store.claims.record_checkpoint(second, 0, "/there", "0" * 64, step=40)
    assert run_of(store, second).crashes == 1
    store.claims.record_checkpoint(second, 0, "/there", "0" * 64, step=80)
    assert run_of(store, second).crashes == 0


def test_out_of_memory_is_tried_once_more_and_then_named(store: Store, first: Claim) -> None:
    assert crash(store, first) is Status.QUEUED
    says = "batch size 512, 76 GiB of 78 GiB in use"
    for expected in (Status.QUEUED, Status.FAILED):
        claim = take(store)
        assert store.claims.crash(claim, Reason.OUT_OF_MEMORY, says, max_crashes=9)
        assert run_of(store, claim).status is expected
    error = run_of(store, first).error
    assert error is not None
    assert error.startswith(f"out of memory: {says}; use a smaller batch")


def test_a_full_disk_is_never_counted(store: Store, first: Claim) -> None:
    claim = first
    for _ in range(5):
        assert crash(store, claim, Reason.DISK_FULL) is Status.QUEUED
        claim = take(store)
    assert run_of(store, claim).crashes == 0


def test_a_run_that_is_asked_to_pause_is_told_so_and_is_paused_whichever_way_it_stops(
    store: Store, first: Claim
) -> None:
    claim = first
    for stop in (store.claims.release, lambda claim: crash(store, claim)):
        with store.database.write() as db:
            db.exec_driver_sql("UPDATE runs SET pause_requested = (1 = 1)")
        assert store.claims.renew(claim, 60) is Lease.PAUSE
        assert stop(claim)
        assert run_of(store, claim).status is Status.PAUSED
        assert store.claims.take(TAKER, 60) is None
        with store.database.write() as db:
            db.exec_driver_sql("UPDATE runs SET status = 'queued'")
        claim = take(store)
        assert store.claims.renew(claim, 60) is Lease.HELD
    assert endings(store) == ["paused", "died", None]


def test_the_time_of_a_run_is_that_of_all_its_attempts(store: Store, first: Claim) -> None:
    found = store.experiments.find("exp")
    assert found is not None
    crash(store, first)
    second = take(store)
    store.claims.finish(second, Outcome.COLLAPSED)
    with store.database.write() as db:
        # The first took 10 s, and the second, which waited for 90 s before it began, took 20 s.
        db.execute(update(attempts).values(began_ms=attempts.c.attempt * 100_000))
        db.execute(update(attempts).values(ended_ms=attempts.c.began_ms + attempts.c.attempt * 10_000))
    [tally] = store.tallies.of(found.id)
    assert tally.seconds == 30.0


def test_the_runs_of_a_worker_that_is_known_to_be_dead_are_queued_at_once(store: Store, first: Claim) -> None:
    store.grids.ensure("exp", [make_cell()], [1])
    other = store.claims.take(Taker("other", "v1", TAKER.tasks), 60)
    assert other is not None
    assert store.claims.expire_worker("worker", max_crashes=3) == [first.run_id]
    run = run_of(store, first)
    assert (run.status, run.crashes, run.error) == (Status.QUEUED, 1, "the worker died")
    assert store.claims.renew(other, 60) is Lease.HELD


def test_a_worker_whose_clock_is_off_by_an_hour_loses_and_steals_nothing(
    store: Store, first: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert store.duties.hold("mirror", "another", 60)
    for now in (time.time() - 3600, time.time() + 3600):
        monkeypatch.setattr("time.time", lambda now=now: now)
        monkeypatch.setattr("time.time_ns", lambda now=now: int(now * 1e9))
        assert store.claims.expire(max_crashes=3) == []
        assert not store.duties.hold("mirror", "this one", 60)
        assert store.claims.renew(first, 60) is Lease.HELD
    assert store.claims.renew(first, -1) is Lease.HELD
    assert store.claims.look(first) is Lease.HELD
    assert store.claims.expire(max_crashes=3) == [first.run_id]


def test_the_databases_clock_is_in_milliseconds_since_1970(store: Store) -> None:
    with store.database.read() as db:
        before = now_ms()
        now = db.scalar(select(clock_ms()))
    assert now is not None
    assert before - 5 <= now <= now_ms() + 5
