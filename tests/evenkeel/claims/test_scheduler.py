"""Which run is next, on SQLite and on Postgres."""

import logging
import threading
from contextlib import closing
from dataclasses import replace

import pytest
from records import TASKS, make_cell, make_unreadable

from evenkeel.grids.sharing import Device, Sharing
from evenkeel.records.endings import Reason
from evenkeel.records.workers import Taker
from evenkeel.schema import SPEC_VERSION, cells, lanes
from evenkeel.store import Store
from models.task import CLASSIFICATION, Classification

TAKER = Taker("w", "v", TASKS)


def post(store: Store, name: str, seeds: int = 6, dataset: str = "digits", **sharing: object) -> None:
    store.grids.ensure(name, [make_cell(dataset=dataset)], range(seeds), Sharing(**sharing))  # type: ignore[arg-type]


def take(store: Store, taker: Taker = TAKER, times: int = 1) -> list[str]:
    """Take the next runs and return their experiments. There are fewer if no run is left."""
    claims = [claim for _ in range(times) if (claim := store.claims.take(taker, 60))]
    experiment_of = {run.id: run.experiment for run in store.runs.all()}
    return [experiment_of[claim.run_id] for claim in claims]


def test_experiments_take_turns_however_many_runs_the_first_has(store: Store) -> None:
    post(store, "large", 50)
    post(store, "small", 2)
    assert take(store, times=5) == ["large", "small", "large", "small", "large"]


def test_one_slot_alone_serves_experiments_in_turn_too(store: Store) -> None:
    post(store, "large", 50)
    post(store, "small", 2)
    served = []
    for _ in range(4):
        claim = store.claims.take(TAKER, 60)
        assert claim is not None
        served.append(next(run.experiment for run in store.runs.all() if run.id == claim.run_id))
        assert store.claims.fail(claim, Reason.ERROR, "over")
    assert served == ["large", "small", "large", "small"]


def test_a_higher_priority_goes_first_and_may_be_given_later(store: Store) -> None:
    post(store, "usual")
    post(store, "urgent", 2, priority=5)
    assert take(store, times=3) == ["urgent", "urgent", "usual"]
    post(store, "late", 1)
    store.experiments.change("late", Sharing(priority=1))
    assert take(store) == ["late"]


def test_posting_again_without_a_priority_keeps_the_one_it_has(store: Store) -> None:
    post(store, "exp", priority=7, max_running=3, device=Device.CUDA)
    post(store, "exp")
    found = store.experiments.find("exp")
    assert found is not None
    assert (found.priority, found.max_running, found.device) == (7, 3, Device.CUDA)
    store.experiments.change("exp", Sharing(max_running=0))
    assert store.experiments.find("exp").max_running is None  # type: ignore[union-attr]


def test_no_more_runs_of_an_experiment_train_than_its_limit_however_many_ask_at_once(store: Store) -> None:
    post(store, "limited", 20, max_running=3)
    threads = [threading.Thread(target=store.claims.take, args=(Taker(f"w{i}", "v", TASKS), 60)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(run.status == "running" for run in store.runs.all()) == 3
    assert take(store) == []


@pytest.mark.parametrize(("kind", "expected"), [(Device.CPU, ["any", "cpu"]), (Device.CUDA, ["any", "cuda"])])
def test_a_run_meant_for_a_gpu_is_never_taken_by_a_cpu(store: Store, kind: Device, expected: list[str]) -> None:
    for device in Device:
        post(store, str(device), 1, device=device)
    assert sorted(take(store, Taker("w", "v", TASKS, kind), 5)) == expected


def test_a_run_goes_to_a_worker_that_has_its_dataset_at_its_size(store: Store) -> None:
    post(store, "food", 2, dataset="food101")
    assert take(store) == []
    assert take(store, Taker("w", "v", TASKS, prepared=[("food101", 64), ("birds", 32)])) == []
    assert take(store, Taker("w", "v", TASKS, prepared=[("food101", 32)])) == ["food"]


@pytest.mark.parametrize("tasks", [{}, {"control": 9}, {"classification": 1}])
def test_a_run_is_left_to_workers_that_train_its_task_as_it_was_posted(store: Store, tasks: dict[str, int]) -> None:
    post(store, "exp")
    with store.database.write() as db:
        db.execute(lanes.update().values(task_version=2))
    assert take(store, Taker("w", "v", tasks)) == []
    assert take(store, Taker("w", "v", tasks | {"classification": 2})) == ["exp"]


def test_a_cell_of_a_task_that_is_not_known_here_keeps_nobody_waiting(store: Store) -> None:
    post(store, "other", 2, priority=9)
    with store.database.write() as db:
        for table in (cells, lanes):
            db.execute(table.update().values(task="control"))
    post(store, "known", 1)
    assert take(store, Taker("w", "v", TASKS | {"control": 1}), 2) == ["known"]


def test_a_cell_of_a_newer_version_is_left_to_newer_workers(store: Store) -> None:
    post(store, "newer")
    with store.database.write() as db:
        db.execute(lanes.update().values(spec_version=SPEC_VERSION + 1))
    assert take(store) == []
    assert {run.status for run in store.runs.all()} == {"queued"}


def test_a_cell_that_cannot_be_read_is_left_whole_and_keeps_nobody_waiting(store: Store) -> None:
    post(store, "newer", 2, priority=9)
    with store.database.write() as db:
        db.execute(cells.update().values(levels={"arch": "mamba", "norm": "none", "init": "he"}))
    post(store, "known", 1)
    claim = store.claims.take(TAKER, 60)
    assert claim is not None
    assert claim.spec.cell == make_cell()
    assert store.claims.take(TAKER, 60) is None
    untouched = [run for run in store.runs.all() if run.experiment == "newer"]
    assert {(run.status, run.attempt, run.crashes) for run in untouched} == {("queued", 0, 0)}


def test_a_cell_that_cannot_be_read_is_named_once_and_looked_at_once(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    cell_hash = branch(store)
    post(store, "known", 3)
    with caplog.at_level(logging.WARNING):
        assert take(store, times=4) == ["known"] * 3
    assert caplog.messages == [
        f"cell {cell_hash} of branch is left to workers that can read it: arch: 'my_net' is not a level here; "
        "allowed: yolo, resnet, plain, vgg"
    ]


def test_another_worker_that_can_read_it_takes_it(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    branch(store)
    assert take(store) == []

    class Own(Classification):
        arch: str  # type: ignore[assignment]

    own = replace(CLASSIFICATION, parameters=Own, problem=lambda _: None)
    monkeypatch.setattr("evenkeel.grids.cell.known_tasks", lambda: {"classification": own})
    with closing(Store(database_url)) as elsewhere:
        claim = elsewhere.claims.take(TAKER, 60)
    assert claim is not None
    assert claim.spec.cell.levels["arch"] == "my_net"


def test_a_cell_that_takes_the_place_of_a_deleted_one_is_not_passed_over(store: Store) -> None:
    cell_hash = branch(store)
    assert take(store) == []
    found = store.experiments.find("branch")
    assert found is not None
    assert store.deletions.forget(found.id, cell_hash) == (2, 0)
    post(store, "branch", 2)
    assert take(store, times=3) == ["branch"] * 2


def branch(store: Store) -> str:
    """Post an experiment before all others whose cell comes from another branch, and return the cell's hash."""
    post(store, "branch", 2, priority=9)
    return make_unreadable(store, make_cell(), "branch", arch="my_net")


def test_seeds_are_taken_in_order_so_that_every_cell_has_a_curve_early(store: Store) -> None:
    store.grids.ensure("exp", [make_cell(), make_cell("resnet")], [3, 1, 2])
    seeds = [claim.spec.seed for _ in range(6) if (claim := store.claims.take(TAKER, 60))]
    assert seeds == [1, 1, 2, 2, 3, 3]
