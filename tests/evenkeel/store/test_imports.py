"""Imported runs stand among the lab's own, and nothing else in the lab touches them."""

from typing import Any

import pytest
from elsewhere import a_batch, a_run
from records import claim_run, finish_run, make_cell

from evenkeel.database import now_ms
from evenkeel.grids.sharing import Quota, QuotaExceeded
from evenkeel.importing.arrival import Arrival
from evenkeel.importing.placing import place
from evenkeel.plugins import Outcome
from evenkeel.records.imports import Added
from evenkeel.records.status import Status
from evenkeel.store import Store

NAN = float("nan")
TWO = (a_run("a", 0, {"lr": 0.1}, [0.5, 0.6], seconds=[1.0, 2.5]), a_run("b", 0, {"lr": 0.2}, [0.5, 0.7]))


def add(store: Store, batch: Arrival, began_ms: int = 9000, quota: Quota | None = None) -> Added:
    seeds = {run.seed for run in batch.runs if run.seed is not None}
    ids = [run.id for run in batch.runs]
    added, _ = store.imports.add(batch.into, ids, seeds, lambda before: place(before, batch, began_ms), began_ms, quota)
    return added


def test_importing_twice_adds_nothing(store: Store) -> None:
    batch = a_batch(*TWO)
    assert add(store, batch) == Added(created=2, completed=0, num_cells=2, num_early=0, longest=2)
    before = store.runs.all("elsewhere")
    assert add(store, batch) == Added(created=0, completed=0, num_cells=2, num_early=0, longest=2)
    assert store.runs.all("elsewhere") == before
    state = store.imports.state("elsewhere")
    assert state is not None
    assert sorted(state.ended) == ["a", "b"]


def test_an_imported_run_has_its_times_its_epochs_and_where_it_came_from(store: Store) -> None:
    add(store, a_batch(*TWO))
    run, other = store.runs.all("elsewhere")
    assert (run.status, run.outcome, run.task) == (Status.FINISHED, Outcome.CONVERGED, "imported:elsewhere")
    assert (run.created_ms, run.started_ms, run.ended_ms, run.num_epochs, run.epochs) == (1000, 1000, 3000, 2, 2)
    origin = store.imports.origin(run.id)
    assert origin is not None
    assert (origin.run_id, origin.url) == ("a", "http://mlflow:5000/#/experiments/3/runs/a")
    epochs = store.imports.epochs(run)
    assert [(each.epoch, dict(each.values), each.epoch_seconds, each.logged_ms) for each in epochs] == [
        (1, {"val_acc": 0.5}, 1.0, 2000),
        (2, {"val_acc": 0.6}, 2.5, 4500),
    ]
    assert str(store.imports.epochs(other)[1].epoch_seconds) == "nan"
    assert store.imports.origin(finish_run(store, make_cell(), 0, [0.1])) is None


def test_runs_that_finish_early_are_counted_again_when_a_longer_one_comes(store: Store) -> None:
    add(store, a_batch(*TWO))
    longer = a_batch(a_run("c", 1, {"lr": 0.1}, [0.5] * 3), a_run("d", 1, {"lr": 0.2}, [0.5], diverged_epoch=1))
    stamp = store.plugins.stamp()
    assert add(store, longer) == Added(created=2, completed=0, num_cells=2, num_early=2, longest=3)
    assert {run.epochs for run in store.runs.all("elsewhere")} == {3}
    assert store.plugins.stamp() != stamp


def test_a_run_that_still_trained_is_completed_under_its_id(store: Store) -> None:
    add(store, a_batch(a_run("a", 0, {"lr": 0.1}, [], state="running")))
    [before] = store.runs.all("elsewhere")
    assert (before.status, before.ended_ms) == (Status.CANCELLED, None)
    assert add(store, a_batch(TWO[0])).completed == 1
    [after] = store.runs.all("elsewhere")
    assert (after.id, after.status, after.version > before.version) == (before.id, Status.FINISHED, True)
    [seen] = store.curves.seed_runs([after.cell_id])
    assert seen.curves["val_acc"].tolist() == [0.5, 0.6]


def test_nobody_trains_mirrors_or_reports_imported_runs(store: Store) -> None:
    killed = a_run("k", 1, {"lr": 0.1}, [0.5], state="killed", ended_ms=now_ms())
    failed = a_run("f", 2, {"lr": 0.1}, [0.5], state="failed", ended_ms=now_ms())
    add(store, a_batch(*TWO, killed, failed))
    add(store, a_batch(a_run("longer", 3, {"lr": 0.1}, [0.5] * 9)))
    assert store.outbox.unmirrored(10) == []
    assert store.runs.queued() == {}
    assert store.happenings.failed_runs(0) == store.happenings.ended_experiments(0) == []
    claimed = claim_run(store, make_cell(), 0)
    assert store.runs.all("exp")[0].id == claimed.run_id


def test_an_experiment_has_no_more_runs_than_its_quota(store: Store) -> None:
    quota = Quota(runs_per_experiment=2, in_flight=0)
    with pytest.raises(QuotaExceeded, match="would have 3 runs; at most 2 are allowed") as refused:
        add(store, a_batch(*TWO, num_runs=3), quota=quota)
    assert (refused.value.field, refused.value.passes) == ("runs", False)
    assert store.experiments.find("elsewhere") is None
    assert add(store, a_batch(*TWO), quota=quota).created == 2


def test_a_batch_that_is_refused_leaves_nothing(store: Store) -> None:
    def refuse(before: Any) -> Any:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.imports.add("elsewhere", ["a"], [0], refuse, 9000)
    assert store.experiments.find("elsewhere") is None


def test_the_same_runs_may_stand_in_two_experiments(store: Store) -> None:
    assert add(store, a_batch(*TWO)).created == add(store, a_batch(*TWO, into="other")).created == 2
    assert (store.imports.is_imported("other"), store.imports.is_imported("exp")) == (True, False)


def test_a_deleted_experiment_is_declared_anew_when_it_is_imported_again(store: Store) -> None:
    add(store, a_batch(*TWO))
    assert store.deletions.delete("elsewhere") == (2, 2, 4)
    assert store.plugins.known().tasks == ()
    assert store.imports.state("elsewhere") is None
    assert add(store, a_batch(a_run("c", 0, {"depth": 3}, [0.5]), a_run("d", 0, {"depth": 4}, [0.5]))).created == 2
    [task] = store.plugins.known().tasks
    assert list(task.parameters["properties"]) == ["depth"]


def test_a_forgotten_cell_comes_back_when_it_is_imported_again(store: Store) -> None:
    add(store, a_batch(*TWO))
    found, run = store.experiments.find("elsewhere"), store.runs.all("elsewhere")[0]
    assert found is not None
    assert store.deletions.forget(found.id, run.cell_hash) == (1, 2)
    assert add(store, a_batch(*TWO)).created == 1
