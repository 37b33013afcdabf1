"""Which workers were seen and which one has a duty, on SQLite and on Postgres."""

import time

import pytest
from records import TASKS

from evenkeel.plugins import Prepared
from evenkeel.records.workers import Worker
from evenkeel.schema import workers
from evenkeel.store import Store, now_ms


def test_a_duty_has_one_holder_until_it_lapses(store: Store) -> None:
    assert store.duties.hold("mirror", "a", 0.2)
    assert store.duties.hold("mirror", "a", 0.2)
    assert not store.duties.hold("mirror", "b", 60)
    time.sleep(0.3)
    assert store.duties.hold("mirror", "b", 60)


def test_workers_are_seen_while_they_say_so(store: Store) -> None:
    store.workers.see(Worker("w", 1, "cpu", "v", now_ms(), TASKS))
    store.workers.see(Worker("w", 2, "cpu", "v", now_ms(), TASKS))
    store.workers.see(Worker("gone", 1, "cpu", "v", now_ms() - 60_000, TASKS))
    assert [(worker.name, worker.slots) for worker in store.workers.seen(15)] == [("w", 2)]


@pytest.mark.parametrize(("name", "left"), [("leaves", ["stays"]), (None, [])])
def test_a_worker_that_left_is_forgotten_with_its_datasets(store: Store, name: str | None, left: list[str]) -> None:
    for worker in ("leaves", "stays"):
        lies_there = Prepared("svhn", 32, 10, 1, 1, worker)
        store.workers.see(Worker(worker, 1, "cpu", "v", now_ms(), TASKS), [lies_there])
    store.workers.forget(name)
    assert [worker.name for worker in store.workers.seen(15)] == left
    assert [dataset.hash for dataset in store.workers.datasets(15)] == left


@pytest.mark.parametrize(
    ("device", "problem", "ready"),
    [("cpu", None, True), ("starting", None, False), ("cuda:0", "no slot on cuda:0", False)],
)
def test_a_worker_is_ready_once_it_started_and_nothing_is_broken(device: str, problem: str | None, ready: bool) -> None:
    assert Worker("w", 1, device, "v", now_ms(), TASKS, problem).ready is ready


def test_a_worker_says_which_tasks_it_trains_and_one_that_says_nothing_trains_classification(store: Store) -> None:
    store.workers.see(Worker("new", 1, "cpu", "v", now_ms(), {"classification": 2, "control": 1}))
    with store.database.write() as db:
        values = {"name": "old", "slots": 1, "device": "cpu", "code_version": "v", "seen_ms": now_ms()}
        db.execute(workers.insert().values(values))
    assert {worker.name: worker.tasks for worker in store.workers.seen(15)} == {
        "new": {"classification": 2, "control": 1},
        "old": {"classification": 1},
    }


def test_a_worker_whose_clock_is_wrong_is_seen_by_the_databases_clock(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evenkeel.database.transactions.time.time_ns", lambda: 10**9)
    store.workers.see(Worker("w", 1, "cpu", "v", 0, TASKS))
    [seen] = store.workers.seen(60)
    assert seen.seen_ms > 1_700_000_000_000
    store.workers.see(Worker("w", 1, "cpu", "v", seen.seen_ms - 61_000, TASKS))
    assert store.workers.seen(60) == []
