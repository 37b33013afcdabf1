"""Prints tables of cells in the terminal. A name is never broken. Columns without room are left out and named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenkeel.cli.lists import room_of
from evenkeel.grids.levels import show
from evenkeel.printable import printable, printable_lines

Row = Mapping[str, Any]  # a cell, or something else with the name of a cell, as the API sends it
# `Column.spare` of the first factor beyond a cell's name, and how much is added for each further factor.
FIRST_FACTOR, NEXT_FACTOR = 2, 2


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        heading: The heading, which may have two lines.
        spare: The column with the highest value is left out first. A column with 0 always stays.
    """

    heading: str
    value: Callable[[Row], str]
    spare: int = 0
    right: bool = True


def show_cells(
    console: Console,
    title: str,
    rows: Sequence[Row],
    differing: Sequence[str],
    columns: Sequence[Column],
    *,
    name: str = "cell",
    is_bold: Callable[[Row], bool] = lambda row: False,
    whole: str = "--json",
) -> None:
    """Print a table with a row for each cell: its name, its levels of `differing`, and the columns.

    Args:
        console: The table is no wider than the terminal, unless the columns that always stay are wider.
        title: A line above the table.
        rows: The rows as the API sends them. They have `levels` if `differing` is not empty.
        differing: The factors in which the cells differ, but which their names do not show.
        columns: The other columns.
        name: The key of a row under which the cell's name stands.
        is_bold: Whether a row is bold.
        whole: The option or the command that shows everything.
    """
    factors = [_factor_column(factor, place) for place, factor in enumerate(differing)]
    every = [Column("cell", lambda row: str(row[name]), right=False), *factors, *columns]
    shown = list(every)
    while (_table(shown, rows, is_bold).width or 0) > room_of(console) and any(column.spare for column in shown):
        shown.remove(max(shown, key=lambda column: column.spare))
    console.print(Text(printable(title), style="bold"), soft_wrap=True)
    console.print(_table(shown, rows, is_bold), crop=False)
    if left_out := [_in_a_line(column.heading) for column in every if column not in shown]:
        told = f"Columns left out, because there is no room: {', '.join(left_out)}. To see everything: {whole}."
        console.print(told, style="dim", highlight=False)


def _factor_column(factor: str, place: int) -> Column:
    return Column(
        factor.replace("_", "_\n"), lambda row: show(row["levels"][factor]), FIRST_FACTOR + NEXT_FACTOR * place
    )


def _table(columns: Sequence[Column], rows: Sequence[Row], is_bold: Callable[[Row], bool]) -> Table:
    """A table as wide as its values, even if the terminal is narrower. If rich made it narrower, names would break."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(
            Text(printable_lines(column.heading)), justify="right" if column.right else "left", no_wrap=True
        )
    for row in rows:
        table.add_row(*(Text(printable(column.value(row))) for column in columns), style="bold" if is_bold(row) else "")
    table.width = Console(width=100_000).measure(table).maximum
    return table


def _in_a_line(heading: str) -> str:
    return heading.replace("_\n", "_").replace("\n", " ")
