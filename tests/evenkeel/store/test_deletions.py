"""An experiment is deleted as a whole or not at all, and what was deleted is remembered for disks and MLflow."""

import pytest
from counting import counted
from records import claim_run, finish_run, log_epochs, make_cell
from sqlalchemy import func, select

from evenkeel import schema
from evenkeel.records.endings import Reason
from evenkeel.schema import metadata
from evenkeel.store import ExperimentTrains, Post, Store

CELL, OTHER = make_cell(), make_cell(norm="batch")
TABLES = [table for table in metadata.sorted_tables if table.name != "run_counts"]
KEPT = {"deleted_experiments", "deleted_runs"}


def sizes(store: Store) -> dict[str, int]:
    """The number of rows of every table that has any. The counts of runs are compared in another way."""
    with store.database.read() as db:
        counts = {t.name: db.scalar(select(func.count()).select_from(t)) or 0 for t in TABLES}
    return {name: count for name, count in counts.items() if count}


def some_of_each(store: Store) -> None:
    """An experiment with a finished, a failed and two paused runs."""
    finish_run(store, CELL, 0, [0.1, 0.2, 0.3])
    store.grids.ensure("exp", [CELL, OTHER], [0, 1])
    log_epochs(store, claim := claim_run(store, OTHER, 1), [0.5])
    store.claims.fail(claim, Reason.ERROR, "over")
    store.experiments.pause("exp")


def test_nothing_of_an_experiment_is_left_and_nothing_of_another_goes(store: Store) -> None:
    finish_run(store, CELL, 0, [0.4], experiment="other")
    before, counts = sizes(store), counted(store)
    some_of_each(store)
    ids = [run.id for run in store.runs.all("exp")]
    assert store.deletions.delete("exp") == (2, 4, 4)
    after = sizes(store)
    assert {name: n for name, n in after.items() if name not in KEPT} == before
    assert counted(store) == counts
    assert store.deletions.among([*ids, store.runs.all("other")[0].id]) == set(ids)
    assert store.deletions.delete("exp") is None


def test_an_experiment_that_trains_stays_whole(store: Store) -> None:
    some_of_each(store)
    store.experiments.resume("exp")
    claim = claim_run(store, CELL, 7)
    before = sizes(store)
    with pytest.raises(ExperimentTrains, match="runs of exp that train now: 1; stop them with evenkeel cancel exp"):
        store.deletions.delete("exp")
    assert sizes(store) == before
    store.claims.release(claim)
    assert store.deletions.delete("exp") == (2, 5, 4)


def test_a_deleted_cell_is_remembered_too_so_that_its_checkpoints_go(store: Store) -> None:
    run_id = finish_run(store, CELL, 0, [0.1])
    found = store.experiments.find("exp")
    assert found is not None
    store.deletions.forget(found.id, CELL.hash)
    assert store.deletions.among([run_id, "0" * 32]) == {run_id}


def test_a_repeated_post_makes_a_deleted_experiment_again(store: Store) -> None:
    post = Post("poster", "once", "body")
    assert store.grids.ensure("exp", [CELL], [0, 1], post=post).num_created == 2
    assert store.grids.ensure("exp", [CELL], [0, 1], post=post).earlier == 2
    store.deletions.delete("exp")
    assert store.grids.ensure("exp", [CELL], [0, 1], post=post).earlier is None
    assert len(store.runs.all("exp")) == 2


def test_only_copies_that_mlflow_has_and_nobody_uses_are_to_be_moved_to_its_trash(store: Store) -> None:
    for name, copied in (("never-copied", None), ("copied", "7"), ("shared", "8")):
        store.grids.ensure(name, [CELL], [0])
        if copied:
            store.outbox.set_mlflow_experiment(name, copied)
        store.deletions.delete(name)
    store.grids.ensure("user", [CELL], [0])
    store.outbox.set_mlflow_experiment("user", "8")
    [found] = store.deletions.untrashed()
    assert (found.name, found.mlflow_experiment_id) == ("copied", "7")
    store.deletions.mark_trashed(found.id)
    assert store.deletions.untrashed() == []


def test_a_copy_that_is_made_while_its_experiment_is_deleted_goes_to_the_trash_as_well(store: Store) -> None:
    store.grids.ensure("exp", [CELL], [0])
    store.deletions.delete("exp")
    assert store.outbox.mlflow_ids("exp") == (None, {})
    store.outbox.set_mlflow_experiment("exp", "9")
    assert [found.mlflow_experiment_id for found in store.deletions.untrashed()] == ["9"]


def test_every_table_with_runs_is_emptied_of_deleted_ones() -> None:
    """A new table that refers to runs has to be deleted from, too."""
    refer = {t.name for t in metadata.sorted_tables if any(k.column.table is schema.runs for k in t.foreign_keys)}
    assert refer == {"attempts", "correct", "curves", "epochs", "imported", "logs"}
