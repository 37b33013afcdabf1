"""What scripts read: the exit code, JSON alone on standard output, and no colours where nobody wants them."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import ApiError, Client

RUNNER = CliRunner()
NOWHERE = ["--url", "http://127.0.0.1:1"]
COUNTS = {"total": 2, "status": {"finished": 1, "failed": 1}, "outcome": {}}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["--help"], 0),
        (["--version"], 0),
        (["experiments", *NOWHERE], 1),
        (["watch", "demo", *NOWHERE], 1),
        (["summary", "a b", *NOWHERE], 1),
        (["submit", "there-is-no-such-file.json", *NOWHERE], 1),
        (["cancel", *NOWHERE], 1),
        (["nonsense"], 2),
        (["effects"], 2),
        (["runs", "demo", "--nonsense"], 2),
        (["figure", "demo", "--kind", "pie"], 2),
    ],
)
def test_the_exit_code_tells_a_refusal_from_a_wrong_command_line(command: list[str], code: int) -> None:
    assert RUNNER.invoke(app, command).exit_code == code


def test_an_api_that_refuses_is_1_and_says_which_field(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Client, **query: Any) -> None:
        raise ApiError(422, "wrong", [{"field": "metric", "problem": "is not known"}])

    monkeypatch.setattr(Client, "effects", refuse)
    result = RUNNER.invoke(app, ["effects", "demo"])
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "metric: is not known\n")


def test_ctrl_c_is_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: Client) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Client, "experiments", interrupt)
    assert RUNNER.invoke(app, ["experiments"]).exit_code == 130


def test_a_failed_run_makes_watch_end_with_1_after_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "wait", lambda self, name, **how: {"name": name, "num_runs": COUNTS})
    monkeypatch.setattr(Client, "effects", lambda self, **query: {"answer": "Norm mattered."})
    result = RUNNER.invoke(app, ["watch", "demo"])
    assert result.exit_code == 1
    assert "Norm mattered.\nThe table: evenkeel summary demo\n" in result.stdout
    assert result.stderr == "1 run failed; evenkeel runs demo says why, evenkeel retry demo queues them again\n"
    assert RUNNER.invoke(app, ["watch", "demo", "--no-answer"]).stdout == ""
    as_json = RUNNER.invoke(app, ["watch", "demo", "--json"])
    assert (as_json.exit_code, json.loads(as_json.stdout)["num_runs"]) == (1, COUNTS)


@pytest.mark.slow
@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_no_color_turns_colours_off_at_a_terminal(no_color: str, coloured: bool) -> None:
    command = [str(Path(sys.executable).parent / "evenkeel"), "experiments", *NOWHERE]
    environment = os.environ | {"TERM": "xterm-256color", "NO_COLOR": no_color}
    reading, writing = pty.openpty()
    done = subprocess.run(command, env=environment, stdout=writing, stderr=writing)
    os.close(writing)
    said = os.read(reading, 10_000).decode()
    os.close(reading)
    assert (done.returncode, "\x1b[31m" in said) == (1, coloured)
    assert "evenkeel up" in said


# They print no answer of the lab: they write files, or run something on this machine.
WITHOUT_JSON = {
    *("check-plugin", "checkpoint", "compact", "data", "export", "figure", "gc", "migrate", "open", "up", "worker")
}


def test_every_command_that_prints_an_answer_prints_it_as_json_too() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    plain = {name for name, command in commands.items() if "--json" not in {o for p in command.params for o in p.opts}}
    assert plain - {"keys", "new"} == WITHOUT_JSON
