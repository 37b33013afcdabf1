"""The commands `log`, `events`, `note` and `tag`, against an API in this process."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from records import claim_run, make_cell
from servers import NO_BROKER, NO_MLFLOW
from typer.testing import CliRunner

from api.app import create_app
from evenkeel.cli import app
from evenkeel.client import Client
from evenkeel.records.endings import Reason
from evenkeel.settings import Settings
from evenkeel.store import Store

CELL = make_cell()


@pytest.fixture
def lab(tmp_path: Path, migrated_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """The store of the API that every command asks."""
    shutil.copy(migrated_file, tmp_path / "lab.db")
    url = f"sqlite:///{tmp_path}/lab.db"
    settings = Settings(answer_processes=0, database_url=url, broker_url=NO_BROKER, mlflow_url=NO_MLFLOW)
    here = TestClient(create_app(settings), base_url="http://localhost", client=("127.0.0.1", 1))

    class Here(Client):
        def _open(self, **options: Any) -> None:
            self._http = here  # type: ignore[assignment]

        def __exit__(self, *_: object) -> None:
            """The next command asks it, too."""

    monkeypatch.setattr("evenkeel.cli.common.Client", Here)
    with here, closing(Store(url)) as store:
        yield store


def run(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(app, words)
    assert result.exit_code == code, result.output
    return result.output


def test_a_log_is_printed_for_the_newest_attempt_or_the_one_that_is_named(lab: Store) -> None:
    for _ in range(2):
        claim = claim_run(lab, CELL, 0, "logged")
        lab.logs.write(claim.run_id, claim.attempt, f"\x1b[2Jattempt {claim.attempt}\n")
        lab.claims.release(claim)
    assert run("log", claim.run_id[:8]) == "\\x1b[2Jattempt 2\n"
    assert run("log", claim.run_id, "--attempt", "1") == "\\x1b[2Jattempt 1\n"
    claim_run(lab, CELL, 0, "logged")
    assert run("log", claim.run_id) == "It has printed nothing.\n"
    told = json.loads(run("log", claim.run_id, "--attempt", "2", "--json"))
    assert told == {"run": claim.run_id, "attempt": 2, "text": "\\x1b[2Jattempt 2\n"}
    assert "has no attempt 4; allowed: 1 to 3" in run("log", claim.run_id, "--attempt", "4", code=1)


def test_events_are_a_line_each_however_long_with_the_newest_first(lab: Store) -> None:
    claim = claim_run(lab, CELL, 3, "told")
    lab.claims.crash(claim, Reason.ERROR, "ValueError: " + "x" * 150, 3)
    failed, posted = run("events", "told").splitlines()
    assert failed.endswith(f"  run {CELL.name} seed 3 failed: ValueError: {'x' * 150}")
    assert posted.endswith("  1 cell posted with 1 seed")
    assert run("events", "told", "--limit", "1").splitlines() == [failed]
    assert [event["kind"] for event in json.loads(run("events", "told", "--json"))] == ["failed", "posted"]
    assert "there is no experiment 'nothing'" in run("events", "nothing", code=1)


def test_a_note_and_tags_are_written_printed_and_taken_away(lab: Store) -> None:
    lab.grids.ensure("noted", [CELL], [0])
    run("note", "noted", "Is *0.1* too\nlarge?")
    assert run("note", "noted") == "Is *0.1* too\nlarge?\n"
    assert run("tag", "noted", "paper", "too noisy", "paper") == "paper\ntoo noisy\n"
    assert run("tag", "noted", "paper", "--remove") == run("tag", "noted") == "too noisy\n"
    assert json.loads(run("note", "noted", "--json")) == {"name": "noted", "note": "Is *0.1* too\nlarge?"}
    assert json.loads(run("note", "noted", "", "--json"))["note"] == ""
    assert json.loads(run("tag", "noted", "--json")) == {"name": "noted", "tags": ["too noisy"]}
    assert json.loads(run("tag", "noted", "new", "--json"))["tags"] == ["too noisy", "new"]
    assert "tags.2" in run("tag", "noted", "a\nb", code=1)
