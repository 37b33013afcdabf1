"""The help of commands, as people read it in a terminal of 80 columns."""

import re

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from evenkeel.cli import app

RUNNER = CliRunner()
# These are left out: the trainer has them, and prints their help.
COMMANDS = sorted(set(get_command(app).commands) - {"data", "worker"})  # type: ignore[attr-defined]


@pytest.mark.parametrize("group", [[], ["keys"]])
def test_every_command_is_listed_with_a_whole_sentence(group: list[str]) -> None:
    listed = RUNNER.invoke(app, [*group, "--help"], env={"COLUMNS": "80"}).output.partition("Commands:\n")[2]
    rows = listed.splitlines()
    assert len(rows) == (3 if group else len(COMMANDS) + 2)
    for row in rows:
        assert re.fullmatch(r"  [a-z-]+ +[A-Z].*[.?]", row), row
        assert "..." not in row


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_80_columns_and_describes_every_argument_and_option(command: str) -> None:
    lines = RUNNER.invoke(app, [command, "--help"], env={"COLUMNS": "80"}).output.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[2].startswith("  ")
    assert lines[2].strip()[0].isupper()
    # A description is beside its option, or below it if the option is long.
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if re.match(r"  -", line):
            assert re.search(r"\S  +\S", line) or re.match(r" {20,}\S", following), line
