"""Data of every earlier schema is still there after a migration, on SQLite and on Postgres; and neighbouring versions
work side by side."""

import logging

import pytest
from alembic.runtime.migration import MigrationContext
from records import claim_run, finish_run, make_cell
from sqlalchemy import text

from lab.cell import NewerSpec
from lab.records import Taker
from lab.sharing import Device
from lab.store import SchemaError, Store
from lab.summary import Summaries

RUN = {"train_accuracy": 0.9, "val_accuracy": 0.8, "train_loss": 0.1, "val_loss": 0.2, "epoch_seconds": 1.5}
LEVELS = '{"arch": "yolo", "norm": "none", "init": "he", "epochs": 2}'
REVISIONS = ["0001", "0002", "0003", "0004"]


def fill(store: Store) -> None:
    """An experiment with a finished and a running run, each at its second attempt; columns that every schema has."""
    with store.engine.begin() as db:
        db.execute(text("INSERT INTO experiments (id, name, created_ms) VALUES (1, 'old', 0)"))
        db.execute(
            text("INSERT INTO cells (id, experiment_id, hash, levels) VALUES (1, 1, 'abc', :levels)"),
            {"levels": LEVELS},
        )
        db.execute(
            text("INSERT INTO workers (name, slots, device, code_version, seen_ms) VALUES ('w', 2, 'cpu', 'v', 0)")
        )
        db.execute(text("INSERT INTO duties (name, holder, until_ms) VALUES ('mirror', 'w', 0)"))
        for run_id, status in (("done", "finished"), ("going", "running"), ("later", "queued")):
            db.execute(
                text(
                    "INSERT INTO runs (id, cell_id, seed, status, outcome, attempt, num_epochs, created_ms, "
                    "started_ms, ended_ms, lease_until_ms) "
                    "VALUES (:id, 1, :seed, :status, 'converged', 2, 2, 0, 0, 3000, 0)"
                ),
                {"id": run_id, "seed": len(run_id) + (run_id == "later"), "status": status},
            )
            for attempt in (1, 2):
                for epoch in (1, 2):
                    values = RUN | {"train_loss": attempt + epoch / 10}
                    columns = ", ".join(values)
                    db.execute(
                        text(
                            f"INSERT INTO epochs (run_id, attempt, epoch, logged_ms, {columns}) "  # noqa: S608
                            f"VALUES (:id, :attempt, :epoch, 0, {', '.join(f':{name}' for name in values)})"
                        ),
                        {"id": run_id, "attempt": attempt, "epoch": epoch} | values,
                    )


@pytest.mark.parametrize("revision", REVISIONS)
def test_data_of_every_earlier_schema_is_read_trained_and_summarised_after_a_migration(
    database_url: str, revision: str
) -> None:
    store = Store(database_url)
    store.migrate(revision)
    fill(store)
    store.migrate()
    store.check_schema()
    assert {run.id: (str(run.status), run.attempt, run.num_epochs) for run in store.runs("old")} == {
        "done": ("finished", 2, 2),
        "going": ("running", 2, 2),
        "later": ("queued", 2, 2),
    }
    found = store.experiment("old")
    assert found is not None
    assert (found.priority, found.max_running, found.device) == (0, None, Device.ANY)
    assert store.expire_leases(3) == ["going"]
    claim = store.claim(Taker("w", "v"), 60)
    assert claim is not None
    assert (claim.run_id, claim.attempt) == ("going", 3)
    [(label, stats)] = Summaries(store).cells({}, "train_accuracy", "old")
    assert label == "yolo-none-he"
    assert stats.data["num_runs"]["total"] == 3
    assert store.ensure_runs("old", [], [4]).created == []
    store.close()


def test_runs_that_finished_before_curves_were_packed_have_theirs(database_url: str) -> None:
    store = Store(database_url)
    store.migrate("0002")
    fill(store)
    store.migrate()
    runs = {run.id: run for run in store.seed_runs([1])}
    assert runs["done"].curves["train_loss"].tolist() == runs["going"].curves["train_loss"].tolist() == [2.1, 2.2]
    with store.engine.begin() as db:
        assert db.scalars(text("SELECT run_id FROM curves")).all() == ["done"]
    store.close()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_code_refuses_to_start_on_a_schema_older_than_its_own(database_url: str, revision: str) -> None:
    store = Store(database_url)
    with pytest.raises(SchemaError, match="evenkeel migrate"):
        store.check_schema()
    store.migrate(revision)
    with pytest.raises(SchemaError, match=f"at {revision}.*evenkeel migrate"):
        store.check_schema()
    store.close()


@pytest.fixture
def newer(store: Store) -> Store:
    """Migrated by the version after this one, as its rules have it: a migration only adds."""
    finish_run(store, make_cell(), 0, [0.1, 0.2])
    with store.engine.begin() as db:
        db.execute(text("ALTER TABLE runs ADD COLUMN mood VARCHAR(8) DEFAULT 'good' NOT NULL"))
        db.execute(text("CREATE TABLE moods (name VARCHAR(8))"))
        db.execute(text("UPDATE alembic_version SET version_num = '0005'"))
    return store


def test_this_version_works_on_the_schema_of_the_next(newer: Store, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        newer.check_schema()
    assert "newer" in caplog.text
    finish_run(newer, make_cell(), 1, [0.1, 0.3])
    claim_run(newer, make_cell(), 2)
    [(_, stats)] = Summaries(newer).cells({}, "train_accuracy", "exp")
    assert stats.data["num_runs"]["status"] == {
        "queued": 0, "running": 1, "finished": 2, "failed": 0, "cancelled": 0
    }  # fmt: skip


def test_this_version_does_not_migrate_what_the_next_has_migrated(newer: Store) -> None:
    with pytest.raises(SchemaError, match="0005"):
        newer.migrate()
    with newer.engine.begin() as db:
        assert MigrationContext.configure(db).get_current_revision() == "0005"


def test_a_cell_with_a_factor_of_the_next_version_is_refused_and_not_misread(store: Store) -> None:
    finish_run(store, make_cell(), 0, [0.1, 0.2])
    with store.engine.begin() as db:
        levels = '{"arch": "yolo", "norm": "none", "init": "he", "sharpness": 3}'
        db.execute(text("UPDATE cells SET levels = :levels"), {"levels": levels})
    for read in (
        lambda: store.cells("exp"),
        lambda: store.runs("exp")[0].cell,
        lambda: Summaries(store).cells({}, "train_loss"),
    ):
        with pytest.raises(NewerSpec, match="sharpness"):
            read()  # type: ignore[no-untyped-call]
