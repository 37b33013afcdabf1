"""A paused experiment trains nothing, whatever comes in between, and goes on where it was."""

import threading

import pytest
from records import TAKER, claim_run, finish_run, log_epochs, make_cell

from evenkeel.analysis.summary import CellSummary, Summaries
from evenkeel.grids.replication import SeedRule, Until
from evenkeel.grids.sharing import Quota, QuotaExceeded
from evenkeel.plugins import Outcome
from evenkeel.records.leases import Lease
from evenkeel.records.status import Status
from evenkeel.schema import runs
from evenkeel.store import Store
from models.task import CLASSIFICATION

CELL = make_cell()


def statuses(store: Store, experiment: str = "exp") -> list[str]:
    return [str(run.status) for run in store.runs.all(experiment)]


def test_queued_runs_are_paused_and_running_ones_are_asked_to_stop(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    store.grids.ensure("exp", [CELL], [0, 1, 2])
    assert store.experiments.pause("exp") == (2, 1)
    assert store.claims.renew(claim, 60) is Lease.PAUSE
    assert store.claims.release(claim)
    assert statuses(store) == ["paused"] * 3
    assert store.claims.take(TAKER, 60) is None
    assert store.runs.queued() == {}


def test_pausing_and_resuming_twice_changes_nothing_more(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0, 1])
    claim_run(store, CELL, 2)
    assert [store.experiments.pause("exp") for _ in range(2)] == [(2, 1), (0, 1)]
    assert [store.experiments.resume("exp") for _ in range(2)] == [2, 0]
    assert [store.experiments.pause("nothing"), store.experiments.resume("nothing")] == [(0, 0), 0]


def test_a_run_that_has_not_stopped_when_its_experiment_is_resumed_goes_on(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    store.experiments.pause("exp")
    assert store.experiments.resume("exp") == 0
    assert store.claims.renew(claim, 60) is Lease.HELD
    assert store.claims.release(claim)
    assert statuses(store) == ["queued"]


def test_a_crash_or_a_lost_worker_does_not_start_a_paused_run(store: Store) -> None:
    died, lost = claim_run(store, CELL, 0), claim_run(store, CELL, 1)
    store.experiments.pause("exp")
    with store.database.write() as db:
        db.execute(runs.update().where(runs.c.id == lost.run_id).values(lease_until_ms=0))
    store.claims.expire(3)
    store.claims.release(died)
    assert statuses(store) == ["paused"] * 2


def test_runs_that_are_posted_or_retried_meanwhile_are_paused_too(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0, 1])
    store.experiments.cancel("exp")
    store.experiments.pause("exp")
    store.grids.ensure("exp", [CELL], [2])
    assert store.experiments.retry("exp") == 2
    assert statuses(store) == ["paused"] * 3
    assert store.claims.take(TAKER, 60) is None
    assert store.experiments.resume("exp") == 3
    assert store.claims.take(TAKER, 60) is not None


def test_cancelling_a_paused_experiment_cancels_its_runs(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0, 1])
    store.experiments.pause("exp")
    assert store.experiments.cancel("exp") == (2, 0)
    assert store.experiments.resume("exp") == 0
    assert statuses(store) == ["cancelled"] * 2


def test_cancelling_goes_before_pausing(store: Store) -> None:
    claim = claim_run(store, CELL, 0)
    store.experiments.pause("exp")
    store.experiments.cancel("exp")
    assert store.claims.renew(claim, 60) is Lease.CANCEL
    assert store.claims.release(claim)
    assert statuses(store) == ["cancelled"]


def test_other_experiments_go_on(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0])
    store.grids.ensure("other", [CELL], [0])
    store.experiments.pause("exp")
    assert store.claims.take(TAKER, 60) is not None
    assert (statuses(store), statuses(store, "other")) == (["paused"], ["running"])


def test_paused_runs_count_towards_the_limit_of_a_key(store: Store) -> None:
    quota = Quota(100, 3)
    store.grids.ensure("exp", [CELL], range(3), quota=quota)
    store.experiments.pause("exp")
    with pytest.raises(QuotaExceeded, match="queued, paused or running"):
        store.grids.ensure("other", [CELL], [0], quota=quota)


def test_a_rule_waits_while_its_experiment_is_paused(store: Store) -> None:
    rule = SeedRule(min=2, max=9, until=Until(half_width=0.001))
    store.grids.ensure("exp", [CELL], [0, 1], rule=rule)
    for seed in (0, 1):
        finish_run(store, CELL, seed, [0.1, 0.2 + seed / 10])
    assert store.rules.due() == ["exp"]
    store.experiments.pause("exp")
    assert store.rules.due() == []
    assert store.rules.add("exp", {CELL.hash: 2}, "one more") == 0
    store.experiments.resume("exp")
    assert store.rules.add("exp", {CELL.hash: 2}, "one more") == 1


def test_no_rate_is_claimed_of_a_cell_while_a_run_of_it_is_paused(store: Store) -> None:
    finish_run(store, CELL, 0, [0.1], Outcome.DIVERGED, 2)
    log_epochs(store, claim := claim_run(store, CELL, 1), [0.1])
    store.experiments.pause("exp")
    store.claims.release(claim)
    [(_, facts)] = Summaries(store).cells(CLASSIFICATION, {}, "train_accuracy")
    cell = CellSummary.of("cell", facts)
    assert cell.num_runs.status[Status.PAUSED] == 1
    assert (cell.divergence.n, cell.divergence.rate) == (1, None)


@pytest.mark.slow
def test_no_claim_slips_through_a_pause(store: Store) -> None:
    """Workers take and give back runs while the experiment is paused: afterwards none is queued."""
    store.grids.ensure("exp", [CELL], range(12))
    start = threading.Barrier(5)

    def work() -> None:
        start.wait(30)
        for _ in range(4):
            if claim := store.claims.take(TAKER, 60):
                store.claims.release(claim)

    def pause() -> None:
        start.wait(30)
        store.experiments.pause("exp")

    threads = [threading.Thread(target=work) for _ in range(4)] + [threading.Thread(target=pause)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses(store) == ["paused"] * 12
