"""The number of threads belongs to an experiment, so that all its runs have the same arithmetic."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from records import claim_run, make_cell

from evenkeel.grids.sharing import Sharing
from evenkeel.store import Store, ThreadsFixed

CELL = make_cell()


def threads(store: Store) -> int:
    found = store.experiments.find("exp")
    assert found is not None
    return found.threads


def test_an_experiment_has_one_thread_until_it_is_given_more(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0])
    assert threads(store) == 1
    store.grids.ensure("exp", [CELL], [1], Sharing(threads=4))
    assert threads(store) == 4
    store.experiments.change("exp", Sharing(threads=2, priority=1))
    assert threads(store) == 2


def test_the_poolstay_once_a_run_has_started_and_nothing_else_of_that_change_is_done(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0, 1], Sharing(threads=2))
    store.claims.release(claim_run(store, CELL, 0))
    says = r"compute with 2, and 1 of them have started; .*; allowed: 2, or any number in a new experiment"
    with pytest.raises(ThreadsFixed, match=says):
        store.experiments.change("exp", Sharing(threads=3, priority=7))
    with pytest.raises(ThreadsFixed):
        store.grids.ensure("exp", [CELL], [0, 1, 2], Sharing(threads=3))
    found = store.experiments.find("exp")
    assert found is not None
    assert (found.threads, found.priority, len(store.runs.all("exp"))) == (2, 0, 2)
    store.experiments.change("exp", Sharing(threads=2, priority=7))
    assert len(store.grids.ensure("exp", [CELL], [0, 1, 2], Sharing(threads=2)).created) == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_claims_wait_for_a_change_of_threads_but_not_for_a_new_experiment(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0])
    with ThreadPoolExecutor(2) as pool:
        with store.database.write() as db:
            # This is held while a run is chosen.
            store.database.stop_claims(db)
            pool.submit(store.grids.ensure, "new", [CELL], [0], Sharing(threads=4)).result(10)
            change = pool.submit(store.grids.ensure, "exp", [CELL], [0], Sharing(threads=4))
            with pytest.raises(TimeoutError):
                change.result(0.5)
            assert threads(store) == 1
        change.result(10)
    assert threads(store) == 4
