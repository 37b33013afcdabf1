"""Tasks as people read them. Showing a task needs nothing of the built-in task."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client

RUNNER = CliRunner()
METRIC = {"better": "higher", "worst": 0.0, "unit": "share", "label": "", "diagnostic": False}
WALK: dict[str, Any] = {
    "name": "walk",
    "version": 2,
    "parameters": {
        "properties": {
            "steps": {"type": "integer", "minimum": 1, "default": 10, "description": "How far, in [feet]."},
            "drift": {"type": "number"},
        }
    },
    "metrics": [
        METRIC | {"name": "reached", "description": "Whether it got there."},
        METRIC | {"name": "speed", "description": "Steps a second.", "diagnostic": True},
    ],
    "default_metric": "speed",
    "presets": {"short": {"name": "short"}},
    "workers": ["box-1", "box-2"],
}
SIT = WALK | {"name": "sit", "presets": {"short": {"name": "sat"}, "long": {"name": "long"}}, "workers": []}


@pytest.fixture(autouse=True)
def _two_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "tasks", lambda self: [WALK, SIT])


def listed() -> list[list[str]]:
    """The lines of the list of tasks, each with its two columns."""
    lines = RUNNER.invoke(app, ["tasks"]).output.splitlines()
    assert max(map(len, lines)) <= 80
    return [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]


def test_all_are_listed_with_who_trains_them() -> None:
    assert listed() == [
        ["walk", "steps, drift"],
        ["trained by box-1, box-2", "reached, speed"],
        ["sit", "steps, drift"],
        ["trained by no worker that was seen lately", "reached, speed"],
    ]


def test_one_is_shown_with_levels_defaults_descriptions_metrics_and_presets() -> None:
    result = RUNNER.invoke(app, ["tasks", "walk"])
    assert result.exit_code == 0
    for words in (
        "walk, version 2. Trained by: box-1, box-2.",
        "│ steps  │ 10      │ integer from 1",
        "How far, in [feet].",
        "│ drift  │ -       │ number",
        "│ reached │ higher │ share │ Whether it got there.",
        "│ speed * │ higher │ share │ Diagnostic. Steps a second.",
        "Presets: short.",
    ):
        assert words in result.output


def test_packages_are_named_where_there_are_some(monkeypatch: pytest.MonkeyPatch) -> None:
    package = {"package": "lab-nets", "package_version": "0.1.0"}
    level = package | {"factor": "arch", "level": "mixer", "description": "Mixes [all].", "workers": ["box-1"]}
    monkeypatch.setattr(Client, "tasks", lambda self: [WALK | package | {"levels": [level]}, SIT | {"package": None}])
    assert [left for left, _ in listed()] == [
        *("walk", "lab-nets 0.1.0", "trained by box-1, box-2"),
        *("sit", "trained by no worker that was seen lately"),
    ]
    shown = RUNNER.invoke(app, ["tasks", "walk"]).output
    assert "walk, version 2, of lab-nets 0.1.0. Trained by: box-1, box-2." in shown
    assert "│ arch mixer │ lab-nets 0.1.0 │ Mixes [all]. │ box-1" in shown


def test_json_is_the_apis() -> None:
    assert json.loads(RUNNER.invoke(app, ["tasks", "--json"]).output) == [WALK, SIT]
    assert json.loads(RUNNER.invoke(app, ["tasks", "sit", "--json"]).output) == SIT


def test_one_that_is_not_there_is_refused_with_those_that_are() -> None:
    result = RUNNER.invoke(app, ["tasks", "run"])
    assert result.exit_code == 1
    assert result.output == "there is no task 'run'; there are: walk, sit\n"


@pytest.mark.parametrize(
    ("preset", "grid"), [("short", {"task": "walk", "name": "short"}), ("long", {"task": "sit", "name": "long"})]
)
def test_a_preset_is_posted_as_a_grid_of_its_task(
    preset: str, grid: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    posted: list[dict[str, Any]] = []

    def submit(self: Client, grid: dict[str, Any], dry_run: bool) -> dict[str, Any]:
        posted.append(grid)
        return {"name": grid["name"], "created": 1, "existing": 0, "broker": "ok", "waits_for": None}

    monkeypatch.setattr(Client, "submit", submit)
    result = RUNNER.invoke(app, ["submit", "--preset", preset])
    assert result.exit_code == 0
    assert posted == [grid]
