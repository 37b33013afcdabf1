"""--where takes a level as a table or a figure shows it: people copy what they see."""

from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client
from evenkeel.grids.tasks import known_tasks

CLASSIFICATION = known_tasks()["classification"]
TASK: dict[str, Any] = {
    "name": "classification",
    "parameters": CLASSIFICATION.parameters.model_json_schema(),
    "labels": dict(CLASSIFICATION.labels),
    "levels": [{"factor": "arch", "level": "mixer"}],
}


def test_the_command_asks_for_what_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def summary(self: Client, **query: Any) -> dict[str, Any]:
        asked.append(query)
        return {"cells": []}

    monkeypatch.setattr(Client, "summary", summary)
    monkeypatch.setattr(Client, "tasks", lambda self: [TASK])
    result = CliRunner().invoke(app, ["summary", "demo", "--where", "lr 0.01", "--where", "He", "--init", "Glorot"])
    assert result.exit_code == 0, result.output
    assert asked == [{"experiment": "demo", "lr": ["0.01"], "init": ["he", "glorot"]}]


def test_the_name_of_an_experiment_needs_no_option_and_the_old_one_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(Client, "summary", lambda self, **query: asked.append(query["experiment"]) or {"cells": []})
    for arguments in (["demo"], ["--experiment", "demo"], ["demo", "--experiment", "demo"]):
        assert CliRunner().invoke(app, ["summary", *arguments]).exit_code == 0
    assert asked == ["demo"] * 3
    two = CliRunner().invoke(app, ["summary", "demo", "--experiment", "rates"])
    assert (two.exit_code, two.stderr) == (1, "--experiment rates: another experiment is named, demo\n")
