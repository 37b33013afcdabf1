"""What changes a stamp, and what does not."""

import pytest
from filled import DEMO, SIZES, seen
from sqlalchemy import insert, update

from api.pages.live.about import check, of_page, stamp_of
from evenkeel.analysis.query import QueryError
from evenkeel.grids.sharing import Sharing
from evenkeel.records.workers import Worker
from evenkeel.schema import experiments, logs, runs, workers
from evenkeel.store import Store

ABOUT = ("lab", "workers", f"experiment:{DEMO}", f"experiment:{SIZES}")


def changed(store: Store, before: dict[str, str]) -> set[str]:
    """What has another stamp than before."""
    return {about for about, stamp in before.items() if stamp_of(store, about) != stamp}


@pytest.fixture
def before(filled_store: Store) -> dict[str, str]:
    seen(filled_store)
    return {about: stamp_of(filled_store, about) for about in ABOUT}


def test_a_run_changes_its_experiment_and_the_lab(filled_store: Store, before: dict[str, str]) -> None:
    [run, *_] = filled_store.runs.training()
    before[f"run:{run.id}"] = stamp_of(filled_store, f"run:{run.id}")
    with filled_store.database.write() as db:
        db.execute(update(runs).where(runs.c.id == run.id).values(version=runs.c.version + 1))
    assert changed(filled_store, before) == {"lab", "workers", f"experiment:{DEMO}", f"run:{run.id}"}


def test_what_an_experiment_is_told_changes_it(filled_store: Store, before: dict[str, str]) -> None:
    filled_store.experiments.change(SIZES, Sharing(priority=3))
    assert changed(filled_store, before) == {"lab", f"experiment:{SIZES}"}


def test_what_a_run_prints_changes_that_run_alone(filled_store: Store, before: dict[str, str]) -> None:
    [run, other] = filled_store.runs.training()
    before |= {f"run:{each.id}": stamp_of(filled_store, f"run:{each.id}") for each in (run, other)}
    with filled_store.database.write() as db:
        db.execute(insert(logs).values(run_id=run.id, attempt=1, text="epoch 1"))
    assert changed(filled_store, before) == {f"run:{run.id}"}


def test_a_worker_that_is_only_alive_changes_nothing(filled_store: Store, before: dict[str, str]) -> None:
    seen(filled_store)
    with filled_store.database.write() as db:
        db.execute(update(experiments).values(served_ms=9))
    assert changed(filled_store, before) == set()


def test_a_worker_that_comes_or_has_a_problem_changes_the_lab(filled_store: Store, before: dict[str, str]) -> None:
    filled_store.workers.see(Worker("keel-2", 1, "cpu", "1", 0, {}))
    assert changed(filled_store, before) == {"lab", "workers"}
    after = {about: stamp_of(filled_store, about) for about in ABOUT}
    with filled_store.database.write() as db:
        db.execute(update(workers).values(problem="the disk is full"))
    assert changed(filled_store, after) == {"lab", "workers"}


@pytest.mark.parametrize(
    "about", ["", "x", "experiment:", "experiment:../x", "run:abc", "lab,workers", "experiment:a\n"]
)
def test_nobody_listens_to_what_does_not_exist(about: str) -> None:
    with pytest.raises(QueryError, match="allowed: lab, workers, experiment:NAME, run:ID"):
        check(about)


def test_a_page_listens_to_what_its_address_names() -> None:
    assert of_page("/ui/", {}) == "lab"
    assert of_page("/ui/experiments/demo/cells/abc", {"name": "demo", "cell": "abc"}) == "experiment:demo"
    assert of_page("/ui/runs/x", {"run_id": "0" * 32}) == "run:" + "0" * 32
    assert of_page("/ui/runs/abc", {"run_id": "abc"}) == of_page("/ui/keys", {}) == ""
