"""Prints lists in the terminal. A name is never cut or broken; only sentences are folded, between their words."""

from collections.abc import Collection, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenkeel.cli.safe_console import NO_EDGE, SafeConsole
from evenkeel.printable import printable_lines

LEAST_PROSE = 20  # columns of a sentence, at least


def show_list(
    console: Console,
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    prose: Collection[str] = (),
    right: Collection[str] = (),
) -> None:
    """Print a table with a row for each thing.

    Args:
        console: At a terminal, the table is no wider than it, unless the names are. In a pipe, each row is a line.
        headings: The headings.
        rows: For each row, a text for each heading.
        prose: The headings of columns with sentences.
        right: The headings of columns with numbers.
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    texts = [[Text(printable_lines(value)) for value in row] for row in rows]
    for place, heading in enumerate(headings):
        widest = max(console.measure(text).maximum for text in (Text(heading), *(row[place] for row in texts)))
        table.add_column(
            heading,
            justify="right" if heading in right else "left",
            no_wrap=heading not in prose,
            overflow="fold" if heading in prose else "ignore",
            min_width=min(widest, LEAST_PROSE) if heading in prose else widest,
        )
    for row in texts:
        table.add_row(*row)
    show_whole(console, table)


def show_whole(console: Console, table: Table, room: int | None = None) -> None:
    """Print a table without a broken word.

    Args:
        room: How wide it may become, unless a word needs more. By default as wide as the terminal; in a pipe, as wide
            as it is.
    """
    needs = Console(width=NO_EDGE).measure(table)
    table.width = max(min(needs.maximum, room or room_of(console)), needs.minimum)
    console.print(table, crop=False)


def room_of(console: Console) -> int:
    """How wide a table may be."""
    return console.room if isinstance(console, SafeConsole) else console.width
