"""The words of a server, and of what a run started, do nothing to the terminal that shows them."""

from typing import Any

import pytest
from rich.table import Table
from typer.testing import CliRunner

from evenkeel.cli import analyze, app
from evenkeel.cli.safe_console import SafeConsole
from evenkeel.client import Client
from evenkeel.connection import ApiError

RUNNER = CliRunner()
EVIL = "boom\x1b]0;owned\x07\x9b2J\u202e[link=http://evil.example]click[/link][/bold]"
SHOWN = r"boom\x1b]0;owned\x07\x9b2J\u202e[link=http://evil.example]click[/link][/bold]"


def run_of(error: str) -> dict[str, Any]:
    return {
        **{"id": "0123456789", "cell": "a", "seed": 1, "status": "failed", "outcome": None, "error": error},
        **{"num_epochs": 0, "epochs": 3, "levels": {}},
    }


def test_the_error_of_a_run_shows_its_escape_sequences(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "runs", lambda self, *_, **__: [run_of(EVIL)])
    result = RUNNER.invoke(app, ["runs", "exp"])
    assert result.exit_code == 0, result.output
    assert SHOWN in result.output.replace("\n", "")
    assert not set("\x1b\x07\x9b\u202e") & set(result.output)


def test_the_problem_of_a_server_shows_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Client, *_: object, **__: object) -> None:
        raise ApiError(422, EVIL, [{"field": EVIL, "problem": EVIL}])

    monkeypatch.setattr(Client, "runs", refused)
    result = RUNNER.invoke(app, ["runs", "exp"])
    assert result.exit_code == 1
    assert f"{SHOWN}: {SHOWN}" in result.output
    assert not set("\x1b\x07\x9b\u202e") & set(result.output)


def test_the_levels_of_a_file_show_them_too(capsys: pytest.CaptureFixture[str]) -> None:
    analyze._say(f"first {EVIL}\nsecond  {EVIL}")
    shown = capsys.readouterr().out
    assert not set("\x1b\x07\x9b\u202e") & set(shown)
    assert shown.count(r"boom\x1b]0;owned\x07") == 2


def test_a_terminal_gets_no_link_and_no_control_from_the_cell_of_a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")
    console = SafeConsole()
    table = Table("what")
    table.add_row(EVIL)
    with console.capture() as shown:
        console.print(table)
        console.print(EVIL, style="bold", highlight=False)
    assert shown.get().count(SHOWN[:40]) == 2
    for obeyed in ("\x1b]", "\x07", "\x9b", "\u202e"):
        assert obeyed not in shown.get()
    assert "\x1b[1m" in shown.get()  # our own style
