"""A process learns from the store what workers announce, and asks it rarely."""

from collections.abc import Iterator

import pytest
from announcing import CHAR_LM, NETS, RMS, all_of
from records import TASKS

import evenkeel.lab.announced
from evenkeel.grids.tasks import announce, generation, known_tasks
from evenkeel.lab.announced import refresh
from evenkeel.plugins import Announced
from evenkeel.records.workers import Worker
from evenkeel.store import Store, now_ms


@pytest.fixture
def store(own_store: Store) -> Store:
    """A store on SQLite. `tests/evenkeel/store/test_plugins.py` asks both kinds of database the same questions."""
    return own_store


@pytest.fixture(autouse=True)
def nothing_is_known_afterwards() -> Iterator[None]:
    yield
    announce(Announced())


def test_what_a_worker_announced_is_known_after_a_look_and_tasks_that_did_not_change_stay_the_same(
    store: Store,
) -> None:
    refresh(store)
    assert list(known_tasks()) == ["classification"]
    store.plugins.announce("w", all_of(CHAR_LM))
    refresh(store, now=True)
    assert list(known_tasks()) == ["classification", "char_lm"]
    char_lm, before = known_tasks()["char_lm"], generation()
    refresh(store, now=True)
    assert generation() == before
    store.plugins.announce("w", all_of(CHAR_LM, RMS))
    refresh(store, now=True)
    assert generation() > before
    assert known_tasks()["char_lm"] is char_lm
    store.workers.see(Worker("w", 1, "cpu", "v", now_ms(), TASKS, plugins=(str(NETS),)))
    refresh(store, now=True)
    assert known_tasks()["char_lm"] is char_lm


def test_the_store_is_asked_once_for_many_requests_and_again_after_a_while(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, clock = [0], [0.0]
    stamp = store.plugins.stamp

    def counted() -> object:
        asked[0] += 1
        return stamp()

    monkeypatch.setattr(store.plugins, "stamp", counted)
    monkeypatch.setattr(evenkeel.lab.announced.time, "monotonic", lambda: clock[0])
    for _ in range(100):
        refresh(store)
    assert asked == [1]
    clock[0] = 1.0
    refresh(store)
    refresh(store)
    assert asked == [2]
