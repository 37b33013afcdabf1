"""The check after a trial finds what it is there to find. No lab is started."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import pytest
from records import finish_run, make_cell
from sqlalchemy import delete, insert, select, update

from evenkeel.schema import curves, epochs, runs
from evenkeel.store import Store
from tests.faults.invariants import Found, check, read_numbers
from tests.faults.lab import Lab

pytestmark = pytest.mark.slow

TABLES = """
CREATE TABLE runs (run_uuid TEXT, status TEXT, lifecycle_stage TEXT);
CREATE TABLE tags (key TEXT, value TEXT, run_uuid TEXT);
CREATE TABLE metrics (key TEXT, value REAL, step INTEGER, timestamp INTEGER, is_nan BOOLEAN, run_uuid TEXT);
"""


class Ended:
    """A lab whose runs have all ended, as far as the check looks at it."""

    def __init__(self, store: Store, data: Path) -> None:
        self.store, self.data = store, data
        self.children: list[int] = []

    def processes(self, kind: str) -> list[int]:
        return self.children if kind == "child" else []

    def copy_to_mlflow(self) -> None:
        with closing(sqlite3.connect(self.data / "mlflow.db")) as db:
            db.executescript(TABLES)
            for run in self.store.runs.all("exp"):
                db.execute("INSERT INTO runs VALUES (?, 'FINISHED', 'active')", [run.id])
                db.execute("INSERT INTO tags VALUES ('evenkeel.run_id', ?, ?)", [run.id, run.id])
                db.execute("INSERT INTO metrics VALUES ('diverged', 0, 0, ?, FALSE, ?)", [run.ended_ms, run.id])
                for epoch in self.store.runs.epochs([run.id])[run.id]:
                    rows = [(k, v, epoch.epoch, epoch.logged_ms, False, run.id) for k, v in epoch.values.items() if v]
                    db.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?)", rows)
            db.commit()

    def in_mlflow(self, statement: str) -> None:
        with closing(sqlite3.connect(self.data / "mlflow.db")) as db:
            db.executescript(statement)
            db.commit()

    def in_store(self, statement: Any) -> None:
        with self.store.database.write() as db:
            db.execute(statement)


@pytest.fixture
def ended(tmp_path: Path, migrated_file: Path) -> Ended:
    path = tmp_path / "lab.db"
    path.write_bytes(migrated_file.read_bytes())
    store = Store(f"sqlite:///{path}")
    for seed in range(2):
        finish_run(store, make_cell(), seed, [0.5, 0.6, 0.7 + seed / 10])
        finish_run(store, make_cell(), seed, [0.5, 0.6, 0.7 + seed / 10], experiment="twin")
    lab = Ended(store, tmp_path)
    lab.copy_to_mlflow()
    return lab


def look(ended: Ended) -> Found:
    lab = cast(Lab, ended)
    return check(lab, "exp", read_numbers(lab, "twin"))


def test_a_lab_to_which_nothing_happened_has_nothing_wrong(ended: Ended) -> None:
    assert look(ended).all == []
    ended.store.close()


AGAIN = """
INSERT INTO runs SELECT 'old' || run_uuid, status, 'deleted' FROM runs;
INSERT INTO tags SELECT key, value, 'old' || run_uuid FROM tags;
"""


@pytest.mark.parametrize(
    ("damage", "kind", "words"),
    [
        (lambda lab: lab.in_store(delete(epochs).where(epochs.c.epoch == 2)), "lost", "says 3 epochs and has [1, 3]"),
        (lambda lab: lab.in_store(delete(curves)), "lost", "finished after 3 of 3 epochs"),
        (lambda lab: lab.in_store(update(runs).values(status="queued")), "lost", "still queued"),
        (lambda lab: lab.in_store(update(runs).values(status="failed", error="no")), "lost", "failed: no"),
        (lambda lab: lab.in_store(update(runs).values(lease_until_ms=1)), "wrong", "yet it has a lease"),
        (
            lambda lab: lab.in_store(
                insert(epochs).from_select(
                    ["run_id", "attempt", "epoch", "measured", "epoch_seconds", "logged_ms"],
                    select(epochs.c.run_id, 0, epochs.c.epoch, epochs.c.measured, epochs.c.epoch_seconds, 1),
                )
            ),
            "doubled",
            "more than one row for the epochs [1, 2, 3]",
        ),
        (lambda lab: lab.in_mlflow("DELETE FROM tags"), "lost", "not in MLflow"),
        (lambda lab: lab.in_mlflow("UPDATE runs SET lifecycle_stage = 'deleted'"), "lost", "not in MLflow"),
        (lambda lab: lab.in_mlflow(AGAIN), "wrong", "deleted and made anew"),
        (lambda lab: lab.in_mlflow("UPDATE metrics SET value = 9 WHERE step = 1"), "wrong", "and the store differ"),
        (
            lambda lab: lab.in_mlflow("INSERT INTO metrics SELECT key, value, step, 1, is_nan, run_uuid FROM metrics"),
            "doubled",
            "more than once",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_found_and_named(ended: Ended, damage: Callable[[Ended], None], kind: str, words: str) -> None:
    damage(ended)
    found = look(ended)
    assert any(words in sentence for sentence in getattr(found, kind)), found
    ended.store.close()


def test_numbers_that_differ_from_the_twins_are_named_with_their_epoch(ended: Ended) -> None:
    finish_run(ended.store, make_cell(), 7, [0.1, 0.2, 0.3])
    finish_run(ended.store, make_cell(), 7, [0.1, 0.25, 0.3], experiment="twin")
    assert any("train_accuracy of epoch 2 is 0.2 and not 0.25" in sentence for sentence in look(ended).wrong)
    ended.store.close()


def test_a_training_process_without_its_worker_is_found(ended: Ended) -> None:
    ended.children = [os.getpid()]
    assert look(ended).wrong == [f"the training process {os.getpid()} lives without its worker"]
    ended.store.close()
