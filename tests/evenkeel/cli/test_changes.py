"""The commands that change experiments and runs."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client

RUNNER = CliRunner()
ANSWERS: dict[str, dict[str, Any]] = {
    "pause": {"paused": 4, "stopping": 2},
    "resume": {"queued": 6},
    "cancel": {"cancelled": 3, "stopping": 1},
    "retry": {"queued": 4},
    "cancel_run": {"says": "The run is cancelled."},
    "retry_run": {"says": "The run is queued again."},
    "delete": {"says": "Deleted exp."},
    "experiment": {"num_cells": 2, "num_runs": {"total": 6}},
}
ADDED = {"says": "3 more seeds for each of its 2 cells: 6 runs were created.", "waits_for": "no worker"}
SAID = {
    "pause exp": "exp is paused: 4 runs wait, 2 stop at a checkpoint.\nTo go on: evenkeel resume exp\n",
    "resume exp": "exp goes on: 6 runs queued again.\n",
    "cancel exp": "3 runs cancelled, 1 stopping.\nTo queue them again: evenkeel retry exp\n",
    "retry exp": "4 runs queued again.\n",
    "cancel --run 0123abcd": "The run is cancelled.\n",
    "retry --run 0123abcd": "The run is queued again.\n",
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the client was asked, with answers as the API gives them."""
    asked: list[tuple[str, str]] = []
    for name, answer in ANSWERS.items():

        def ask(self: Client, what: str, name: str = name, answer: dict[str, Any] = answer) -> dict[str, Any]:
            asked.append((name, what))
            return answer

        monkeypatch.setattr(Client, name, ask)
    return asked


@pytest.mark.parametrize("command", SAID)
def test_each_command_says_what_was_done(asked: list[tuple[str, str]], command: str) -> None:
    result = RUNNER.invoke(app, command.split())
    assert (result.exit_code, result.output) == (0, SAID[command])
    verb, *_, what = command.split()
    assert asked == [(f"{verb}_run" if "--run" in command else verb, what)]


@pytest.mark.parametrize("command", SAID)
def test_each_command_gives_a_program_the_answer_as_json(asked: list[tuple[str, str]], command: str) -> None:
    result = RUNNER.invoke(app, [*command.split(), "--json"])
    [(answer, _)] = asked
    assert json.loads(result.stdout) == ANSWERS[answer]


@pytest.mark.parametrize("command", ["cancel", "retry", "cancel exp --run 0123abcd"])
def test_an_experiment_or_a_run_must_be_named_and_not_both(asked: list[tuple[str, str]], command: str) -> None:
    result = RUNNER.invoke(app, command.split())
    assert result.exit_code == 1
    assert "name an experiment, or a single run with --run ID" in result.output
    assert asked == []


def test_an_experiment_is_deleted_once_its_name_was_typed(asked: list[tuple[str, str]]) -> None:
    refused = RUNNER.invoke(app, ["delete", "exp"], input="demo\n")
    assert refused.exit_code == 1
    assert "This deletes exp: 2 cells, 6 runs. It cannot be undone." in refused.output
    assert "another name was typed; nothing was deleted" in refused.output
    assert asked == [("experiment", "exp")]
    done = RUNNER.invoke(app, ["delete", "exp"], input="exp\n")
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Deleted exp.")


def test_a_script_deletes_without_being_asked_if_it_gives_the_name(asked: list[tuple[str, str]]) -> None:
    assert RUNNER.invoke(app, ["delete", "exp", "--yes", "demo"]).exit_code == 1
    assert asked == []
    assert RUNNER.invoke(app, ["delete", "exp", "--yes", "exp"]).output == "Deleted exp.\n"
    assert asked == [("delete", "exp")]


def test_seeds_are_added_and_what_they_wait_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []
    monkeypatch.setattr(Client, "add_seeds", lambda self, *what: asked.append(what) or ADDED)
    result = RUNNER.invoke(app, ["add-seeds", "exp", "3"])
    assert (result.exit_code, result.output) == (0, f"{ADDED['says']}\nNo worker.\n")
    assert RUNNER.invoke(app, ["add-seeds", "exp", "3", "--dry-run"]).output == f"{ADDED['says']}\n"
    assert asked == [("exp", 3, False), ("exp", 3, True)]
    assert RUNNER.invoke(app, ["add-seeds", "exp", "0"]).exit_code == 2
