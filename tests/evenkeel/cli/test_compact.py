"""`evenkeel compact` says what it drops, and how large the store is before and afterwards."""

import re
from pathlib import Path

import pytest
from records import finish_run, make_cell
from sqlalchemy import update
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.schema import curves
from evenkeel.settings import get_settings
from evenkeel.store import Store

RUNNER = CliRunner()


@pytest.fixture
def url(migrated_file: Path, tmp_path: Path) -> str:
    (tmp_path / "lab.db").write_bytes(migrated_file.read_bytes())
    return f"sqlite:///{tmp_path}/lab.db"


def said(url: str, *options: str) -> str:
    get_settings.cache_clear()
    try:
        result = RUNNER.invoke(app, ["compact", *options], env={"EVENKEEL_DATABASE_URL": url})
    finally:
        get_settings.cache_clear()
    assert result.exit_code == 0, result.output
    return re.sub(r"[\d.]+ MB", "N MB", result.output)


def test_it_says_what_it_would_drop_and_then_what_it_dropped(url: str) -> None:
    store = Store(url)
    run_id = finish_run(store, make_cell(), 0, [0.1, 0.2])
    found = "Finished runs with a row for each epoch: 1 (2 rows). The store has N MB.\n"
    assert said(url, "--dry-run") == found
    assert store.compacting.to_do() == (1, 2)
    whole = said(url)
    assert whole.startswith(found)
    assert whole.endswith("Rows dropped: 2.\nThe store has N MB now.\n")
    assert len(store.runs.epochs([run_id])[run_id]) == 2
    assert said(url) == "Finished runs with a row for each epoch: 0 (0 rows). The store has N MB.\n"
    store.close()


def test_it_names_a_run_that_keeps_its_rows(url: str) -> None:
    store = Store(url)
    run_id = finish_run(store, make_cell(), 0, [0.1, 0.2])
    with store.database.write() as db:
        db.execute(update(curves).values(metrics="other,epoch_seconds"))
    assert f"because their packed curves differ from them: 1, for example {run_id}" in said(url)
    store.close()
