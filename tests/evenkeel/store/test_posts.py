"""Posting under an Idempotency-Key, and quotas, on SQLite and on Postgres."""

import threading

import pytest
from records import make_cell

from evenkeel.grids.sharing import Quota, QuotaExceeded
from evenkeel.records.rows import Ensured
from evenkeel.store import KeyReused, Post, Store

CELLS = [make_cell(), make_cell("resnet")]


def post(store: Store, name: str = "exp", seeds: int = 3, key: str = "k", body: str = "b", by: str = "me") -> Ensured:
    return store.grids.ensure(name, CELLS, range(seeds), post=Post(by, key, body))


def test_a_repeat_is_answered_as_the_first_was_and_makes_nothing(store: Store) -> None:
    first, again = post(store), post(store)
    assert (first.num_created, first.earlier) == (6, None)
    assert (again.created, again.num_created, again.existing, again.earlier) == ([], 6, 0, 6)


def test_another_body_under_the_same_key_is_refused_and_stores_nothing(store: Store) -> None:
    post(store)
    with pytest.raises(KeyReused):
        post(store, "other", body="c")
    assert store.experiments.find("other") is None


def test_a_key_belongs_to_who_posts_and_is_forgotten_in_time(store: Store) -> None:
    post(store)
    assert post(store, "other", body="c", by="you").num_created == 6
    store.posts.forget(older_than_ms=2**53)
    assert post(store, "third", body="d").num_created == 6


def test_many_at_once_under_one_key_make_each_run_once_and_are_answered_alike(store: Store) -> None:
    answers: list[Ensured] = []
    threads = [threading.Thread(target=lambda: answers.append(post(store, seeds=10))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.num_created for answer in answers] == [20] * 16
    assert sum(answer.earlier is None for answer in answers) == 1
    assert len(store.runs.all("exp")) == 20


def test_many_at_once_that_overlap_without_a_key_make_each_run_once(store: Store) -> None:
    store.grids.ensure("exp", CELLS, [0])
    sizes = [3, 5, 7, 4] * 4
    threads = [threading.Thread(target=store.grids.ensure, args=("exp", CELLS, range(size))) for size in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.runs.all("exp")) == 14


def test_an_experiment_grows_to_its_quota_and_no_further(store: Store) -> None:
    quota = Quota(runs_per_experiment=6, in_flight=100)
    store.grids.ensure("exp", CELLS, range(3), quota=quota)
    with pytest.raises(QuotaExceeded, match="7 runs; at most 6") as error:
        store.grids.ensure("exp", CELLS[:1], range(4), quota=quota)
    assert not error.value.passes
    assert len(store.runs.all("exp")) == 6


def test_one_key_has_so_many_runs_in_flight_and_another_its_own(store: Store) -> None:
    quota = Quota(runs_per_experiment=100, in_flight=6)
    store.grids.ensure("a", CELLS, range(3), quota=quota, post=Post("me"))
    with pytest.raises(QuotaExceeded) as error:
        store.grids.ensure("b", CELLS, range(1), quota=quota, post=Post("me"))
    assert error.value.passes
    assert store.experiments.find("b") is None
    store.grids.ensure("b", CELLS, range(1), quota=quota, post=Post("you"))
    store.experiments.cancel("a")
    store.grids.ensure("c", CELLS, range(3), quota=quota, post=Post("me"))
