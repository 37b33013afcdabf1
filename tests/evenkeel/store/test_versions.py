"""Neighbouring versions use the same store: what is refused, and what goes on."""

import logging

import pytest
from alembic.runtime.migration import MigrationContext
from records import claim_run, finish_run, make_cell
from sqlalchemy import text

from evenkeel.analysis.summary import Summaries
from evenkeel.grids.cell import UnreadableCell
from evenkeel.store import SchemaError, Store
from models.task import CLASSIFICATION


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005", "0006"])
def test_code_refuses_to_start_on_a_schema_older_than_its_own(database_url: str, revision: str) -> None:
    store = Store(database_url)
    with pytest.raises(SchemaError, match="evenkeel migrate"):
        store.check_schema()
    store.migrate(revision)
    with pytest.raises(SchemaError, match=f"at schema {revision}.*evenkeel migrate"):
        store.check_schema()
    store.close()


@pytest.fixture
def newer(store: Store) -> Store:
    """A store that the next version migrated, with a migration that only adds."""
    finish_run(store, make_cell(), 0, [0.1, 0.2])
    with store.database.write() as db:
        db.execute(text("ALTER TABLE runs ADD COLUMN mood VARCHAR(8) DEFAULT 'good' NOT NULL"))
        db.execute(text("CREATE TABLE moods (name VARCHAR(8))"))
        db.execute(text("UPDATE alembic_version SET version_num = '0013'"))
    return store


def test_this_version_works_on_the_schema_of_the_next(newer: Store, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        newer.check_schema()
    assert "newer" in caplog.text
    finish_run(newer, make_cell(), 1, [0.1, 0.3])
    claim_run(newer, make_cell(), 2)
    [(_, facts)] = Summaries(newer).cells(CLASSIFICATION, {}, "train_accuracy", "exp")
    assert {status: n for status, n in facts.num_runs.status.items() if n} == {"running": 1, "finished": 2}


def test_this_version_does_not_migrate_what_the_next_has_migrated(newer: Store) -> None:
    with pytest.raises(SchemaError, match="0013"):
        newer.migrate()
    with newer.database.write() as db:
        assert MigrationContext.configure(db).get_current_revision() == "0013"


def test_a_cell_with_a_factor_of_the_next_version_is_refused_and_not_misread(store: Store) -> None:
    finish_run(store, make_cell(), 0, [0.1, 0.2])
    with store.database.write() as db:
        levels = '{"arch": "yolo", "norm": "none", "init": "he", "sharpness": 3}'
        db.execute(text("UPDATE cells SET levels = :levels"), {"levels": levels})
    with pytest.raises(UnreadableCell, match="sharpness"):
        store.runs.all("exp")[0].cell  # noqa: B018
    summaries = Summaries(store)
    assert summaries.cells(CLASSIFICATION, {}, "train_loss") == []
    assert [each.field for each in summaries.find(CLASSIFICATION, {}, "train_loss").left_out] == ["sharpness"]
