"""A terminal shows what somebody wrote as it is, and obeys none of it."""

import io

import pytest
import typer
from rich.table import Table

from evenkeel.cli.common import LateConsole, fail
from evenkeel.cli.tasks import _factors_table, _tasks_table

NASTY = "a[/bold] [red]b[link=http://x] :smile: \x1b]0;title\x07\x1b[2J\u202e"
SHOWN = "a[/bold] [red]b[link=http://x] :smile: \\x1b]0;title\\x07\\x1b[2J\\u202e"


@pytest.fixture
def console() -> LateConsole:
    console = LateConsole()
    console.rich.file, console.rich.width = io.StringIO(), 200
    return console


def told(console: LateConsole) -> str:
    assert isinstance(console.rich.file, io.StringIO)
    return console.rich.file.getvalue()


def test_sentences_and_tables_have_no_mark_up_of_their_own(console: LateConsole) -> None:
    table = Table("name", title=NASTY)
    table.add_row(NASTY)
    console.print(NASTY)
    console.print(table)
    assert told(console).count(SHOWN) == 3
    assert "\x1b" not in told(console)


def test_what_a_tasks_author_wrote_is_shown_as_it_is(console: LateConsole) -> None:
    field = {"type": "string", "description": NASTY, "default": NASTY}
    metric = {"name": NASTY, "better": "higher", "unit": NASTY, "description": NASTY, "diagnostic": False}
    task = {"name": NASTY, "parameters": {"properties": {NASTY: field}}, "metrics": [metric], "workers": [NASTY]}
    console.rich.width = 600
    console.print(_tasks_table([task]))
    console.print(_factors_table(task))
    assert told(console).count(SHOWN) >= 6
    assert "\x1b" not in told(console)


def test_an_error_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        fail(f"there is no cell {NASTY}")
    assert f"there is no cell {SHOWN}" in capsys.readouterr().err
