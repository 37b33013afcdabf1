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
    monkeypatch.setattr(Client, "submit", lambda self, grid, dry_run: plan)
    (tmp_path / "grid.json").write_text("{}")
    result = RUNNER.invoke(app, ["submit", str(tmp_path / "grid.json"), "--dry-run"])
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines()]
    assert ["slow-walk", "-"] in rows
    assert ["fast-walk", "12,345"] in rows
    assert "Note: Take [water].\n" in result.output


def test_a_post_prints_what_is_worth_knowing_about_its_cells(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer: dict[str, Any] = {"name": "walk", "created": 3, "existing": 0, "broker": "rung", "waits_for": None}
    answer["notes"] = ["size changes nothing [here]: 2 combinations of levels are one cell."]
    monkeypatch.setattr(Client, "submit", lambda self, grid, dry_run: answer)
    (tmp_path / "grid.json").write_text("{}")
    result = RUNNER.invoke(app, ["submit", str(tmp_path / "grid.json")])
    assert result.exit_code == 0
    assert "Note: size changes nothing [here]: 2 combinations of levels are one cell.\n" in result.output
