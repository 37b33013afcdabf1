"""A key has only so many runs in flight, on SQLite and on Postgres, whatever it asks for and however often at once."""

import threading

import pytest
from records import TASKS, make_cell
from sqlalchemy import func, select

from evenkeel.grids.replication import SeedRule, Until
from evenkeel.grids.sharing import Quota, QuotaExceeded
from evenkeel.records.endings import Reason
from evenkeel.records.workers import Taker
from evenkeel.schema import runs
from evenkeel.store import Charge, Post, Store
from evenkeel.store.quota import IN_FLIGHT

CELL = make_cell()
QUOTA = Quota(runs_per_experiment=100, in_flight=6)
ME, YOU = Charge("me", QUOTA), Charge("you", QUOTA)
LIMIT = r"6 \(EVENKEEL_MAX_IN_FLIGHT\)"


def post(store: Store, name: str, seeds: int, by: str = "me") -> list[str]:
    return list(store.grids.ensure(name, [CELL], range(seeds), quota=QUOTA, post=Post(by)).created)


def in_flight(store: Store, by: str = "me") -> int:
    with store.database.read() as db:
        theirs = select(func.count()).where(runs.c.posted_by == by, runs.c.status.in_(IN_FLIGHT))
        return db.scalar(theirs) or 0


def test_a_retry_counts_as_a_post_does_and_queues_nothing_if_it_is_refused(store: Store) -> None:
    post(store, "first", 6)
    store.experiments.cancel("first")
    post(store, "second", 4)
    with pytest.raises(QuotaExceeded, match=f"^4 runs .*; with 6 more they would exceed the limit of {LIMIT}") as error:
        store.experiments.retry("first", ME)
    assert error.value.passes
    assert {run.status for run in store.runs.all("first")} == {"cancelled"}
    store.experiments.cancel("second")
    assert store.experiments.retry("first", ME) == in_flight(store) == 6


def test_a_retry_of_one_run_counts_too(store: Store) -> None:
    run_id, *_ = post(store, "first", 1)
    store.one_run.cancel(run_id)
    post(store, "second", 6)
    with pytest.raises(QuotaExceeded, match=f"with 1 more .* {LIMIT}"):
        store.one_run.retry(run_id, ME)
    assert in_flight(store) == 6
    assert store.one_run.retry(run_id, YOU) == ("queued", True)


def test_a_run_counts_for_the_key_that_queued_it_again(store: Store) -> None:
    post(store, "exp", 6)
    store.experiments.cancel("exp")
    assert store.experiments.retry("exp", YOU) == 6
    assert (in_flight(store), in_flight(store, "you")) == (0, 6)
    post(store, "mine", 6)
    with pytest.raises(QuotaExceeded):
        post(store, "yours", 1, by="you")


def test_pausing_and_resuming_changes_nothing_of_what_counts(store: Store) -> None:
    post(store, "exp", 6)
    store.experiments.pause("exp")
    with pytest.raises(QuotaExceeded):
        post(store, "more", 1)
    assert store.experiments.resume("exp") == in_flight(store) == 6


def test_more_than_the_limit_at_once_never_passes(store: Store) -> None:
    store.grids.ensure("exp", [CELL], range(7), post=Post("me"))
    store.experiments.cancel("exp")
    with pytest.raises(QuotaExceeded) as error:
        store.experiments.retry("exp", Charge("me", QUOTA, "name"))
    assert (error.value.passes, error.value.field) == (False, "name")


def test_seeds_of_a_rule_count_for_the_key_that_posted_it_and_wait_until_they_fit(store: Store) -> None:
    rule = SeedRule(min=2, max=9, until=Until(half_width=0.1))
    store.grids.ensure("exp", [CELL], [0, 1], quota=QUOTA, post=Post("me"), rule=rule)
    while claim := store.claims.take(Taker("w", "v", TASKS), 60):
        store.claims.fail(claim, Reason.ERROR, "failed")
    post(store, "other", 6)
    assert store.rules.add("exp", {CELL.hash: 2}, "One more.", QUOTA) == 0
    waiting = store.experiments.find("exp")
    assert waiting is not None
    assert waiting.rule_going
    assert waiting.rule_says.startswith("One more. They are not queued yet, because 6 runs of this key are queued")
    store.experiments.cancel("other")
    assert store.rules.add("exp", {CELL.hash: 2}, "One more.", QUOTA) == in_flight(store) == 1
    with pytest.raises(QuotaExceeded):
        post(store, "last", 6)


@pytest.mark.slow
def test_eight_that_post_and_retry_at_once_to_their_own_experiments_never_have_more_than_the_limit(
    store: Store,
) -> None:
    start = threading.Barrier(8)
    found: list[int] = []

    def ask(number: int) -> None:
        for turn in range(4):
            start.wait(60)
            try:
                if turn % 2:
                    store.experiments.retry(f"exp{number}", ME)
                else:
                    post(store, f"exp{number}", 2 * turn + 2)
            except QuotaExceeded:
                pass
            start.wait(60)
            found.append(in_flight(store))
            start.wait(60)
            store.experiments.cancel(f"exp{number}")

    # Before, each has cancelled runs that it can ask for again.
    for number in range(8):
        post(store, f"exp{number}", 2)
        store.experiments.cancel(f"exp{number}")
    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8 * 4
    assert max(found) == 6
