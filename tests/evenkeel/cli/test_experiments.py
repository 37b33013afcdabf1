"""What the commands about experiments print, for any task."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client

RUNNER = CliRunner()


def test_a_dry_run_shows_each_cell_a_dash_for_a_size_that_is_not_known_and_the_notes_of_the_task(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cells = [{"cell": "slow-walk", "num_parameters": None}, {"cell": "fast-walk", "num_parameters": 12_345}]
    plan: dict[str, Any] = {"name": "walk", "cells": cells, "differing": [], "num_runs": 4, "num_new": 4}
    plan["notes"] = ["Take [water]."]
    plan |= {"estimate": {"says": "About 3 min [of walking]."}, "detectable": {"says": "Nothing can be shown."}}
    monkeypatch.setattr(Client, "submit", lambda self, grid, dry_run: plan)
    (tmp_path / "grid.json").write_text("{}")
    result = RUNNER.invoke(app, ["submit", str(tmp_path / "grid.json"), "--dry-run"])
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    assert ["slow-walk", "-"] in rows
    assert ["fast-walk", "12,345"] in rows
    assert "Note: Take [water].\n" in result.output
    assert result.output.endswith("About 3 min [of walking].\nNothing can be shown.\n")


def test_a_post_prints_what_is_worth_knowing_about_its_cells(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer: dict[str, Any] = {"name": "walk", "created": 3, "existing": 0, "broker": "rung", "waits_for": None}
    answer["notes"] = ["size changes nothing [here]: 2 combinations of levels are one cell."]
    monkeypatch.setattr(Client, "submit", lambda self, grid, dry_run: answer)
    (tmp_path / "grid.json").write_text("{}")
    result = RUNNER.invoke(app, ["submit", str(tmp_path / "grid.json")])
    assert result.exit_code == 0
    assert "Note: size changes nothing [here]: 2 combinations of levels are one cell.\n" in result.output


STATUS = {"queued": 0, "running": 0, "paused": 0, "finished": 0, "failed": 0, "cancelled": 0}


def posted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **status: int) -> list[str]:
    """What a post says of an experiment with 32 runs of these statuses."""
    answer: dict[str, Any] = {"name": "demo", "created": 0, "existing": 32, "broker": "rung", "waits_for": None}
    answer["num_runs"] = {"total": 32, "status": STATUS | status, "outcome": {}}
    monkeypatch.setattr(Client, "submit", lambda self, grid, dry_run: answer)
    (tmp_path / "grid.json").write_text("{}")
    result = RUNNER.invoke(app, ["submit", str(tmp_path / "grid.json")])
    assert result.exit_code == 0
    return result.output.splitlines()


def test_a_post_says_how_many_runs_it_leaves_cancelled_and_how_to_queue_them_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = posted(monkeypatch, tmp_path, cancelled=12, failed=1, finished=15, queued=4)
    assert said == [
        "demo: 0 runs created, 32 existed before.",
        "Of its 32 runs, 12 are cancelled and 1 failed. A post does not queue them again.",
        "To queue them again: evenkeel retry demo",
        "Follow it: evenkeel watch demo",
    ]


def test_a_post_of_what_was_trained_already_names_the_answer_and_nothing_to_follow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    *_, last = posted(monkeypatch, tmp_path, finished=32)
    assert last == "No run is left to train. See the answer: evenkeel effects demo"


def test_experiments_are_listed_whole_in_a_pipe_and_folded_between_words_at_80_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "a" * 64
    counts = {"total": 32, "status": STATUS | {"running": 2, "queued": 30}, "outcome": {"diverged": 0}}
    brief = {"name": name, "num_cells": 8, "num_runs": counts, "eta_seconds": 90.0}
    monkeypatch.setattr(Client, "experiments", lambda self: [brief])
    monkeypatch.setattr(Client, "experiment", lambda self, name: brief)
    progress = "0 of 32 runs done, 2 running, 30 queued, about 1:30 left"
    whole = RUNNER.invoke(app, ["experiments"], env={"COLUMNS": None})
    assert [name, "8", *progress.split()] in [line.split() for line in whole.output.splitlines()]
    folded = RUNNER.invoke(app, ["experiments"], env={"COLUMNS": "80"}).output
    assert f"{name} " in folded
    assert set(progress.split()) <= set(folded.split())
