"""Lists of things with names: nobody copies a name that ends in dots."""

import io

import pytest
from rich.console import Console

from evenkeel.cli.lists import show_list
from evenkeel.cli.safe_console import SafeConsole

NAME = "a-name-of-sixty-four-characters-" * 2
PROBLEM = "trains on the CPU, though this machine has an NVIDIA GPU"


def shown(console: Console, width: int | None = None) -> list[str]:
    rows = [(NAME, PROBLEM, "7"), ("short", "", "1,234")]
    show_list(console, ("worker", "problem", "epochs"), rows, prose=("problem",), right=("epochs",))
    written = console.file
    assert isinstance(written, io.StringIO)
    return written.getvalue().splitlines()


def test_in_a_pipe_each_row_is_one_line_with_whole_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    heading, _, first, second = shown(SafeConsole(file=io.StringIO()))
    assert heading.split() == ["worker", "problem", "epochs"]
    assert first.split() == [NAME, *PROBLEM.split(), "7"]
    assert second.split() == ["short", "1,234"]


@pytest.mark.parametrize("width", [40, 80, 120])
def test_at_a_terminal_names_stay_whole_and_sentences_are_folded_between_words(width: int) -> None:
    lines = shown(Console(file=io.StringIO(), width=width))
    assert any(line.startswith(f"{NAME} ") for line in lines)
    assert [word for word in " ".join(lines[2:]).split() if word in PROBLEM.split()] == PROBLEM.split()
    assert max(map(len, lines)) <= max(width, 64 + 2 + 20 + 2 + 6)


def test_a_word_that_is_longer_than_the_line_stays_whole_in_a_pipe() -> None:
    written = io.StringIO()
    SafeConsole(file=written, width=20).print(f"Wrote {NAME}", highlight=False)
    assert written.getvalue().split() == ["Wrote", NAME]
