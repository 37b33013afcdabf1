"""Tables of cells for the terminal: a name is never broken, and columns that find no room are left out and named."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from evenkeel.lab.levels import show

Row = Mapping[str, Any]  # a cell, or something else with a cell's name, as the API has it
# `Column.spare` of the first factor beyond a cell's name, and how much more each next one has.
FIRST_FACTOR, NEXT_FACTOR = 2, 2


@dataclass(frozen=True)
class Column:
    """spare: how soon the table can do without it, the highest first; 0 always stays. heading: may have two lines."""

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
        console: whose width the table keeps to, unless the names and what always stays are wider.
        title: a line above the table.
        rows: as the API has them, with `levels` where there is something in `differing`.
        differing: the factors in which the cells differ and of which their names say nothing.
        columns: what is said of each cell.
        name: the key of a row that holds the cell's name.
        is_bold: which rows stand out.
        whole: where what is left out can be had.
    """
    factors = [_factor_column(factor, place) for place, factor in enumerate(differing)]
    shown = [Column("cell", lambda row: str(row[name]), right=False), *factors, *columns]
    left_out: list[Column] = []
    while _width_of(shown, rows) > console.width and any(column.spare for column in shown):
        least_needed = max(shown, key=lambda column: column.spare)
        shown.remove(least_needed)
        left_out.append(least_needed)
    console.print(Text(title, style="bold"), soft_wrap=True)
    console.print(_table(shown, rows, is_bold), crop=False)
    if left_out:
        headings = ", ".join(_in_a_line(column.heading) for column in left_out[::-1])
        console.print(
            f"Left out, as there is no room: {headings}. To see everything: {whole}.", style="dim", highlight=False
        )


def _factor_column(factor: str, place: int) -> Column:
    return Column(
        factor.replace("_", "_\n"), lambda row: show(row["levels"][factor]), FIRST_FACTOR + NEXT_FACTOR * place
    )


def _table(columns: Sequence[Column], rows: Sequence[Row], is_bold: Callable[[Row], bool]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    values = [[column.value(row) for row in rows] for column in columns]
    for column, theirs in zip(columns, values, strict=True):
        # As wide as its longest value: rich would break names where the terminal is too narrow for all of them.
        widest = max(map(len, [*column.heading.splitlines(), *theirs]))
        justify: Literal["left", "right"] = "right" if column.right else "left"
        table.add_column(Text(column.heading), justify=justify, no_wrap=True, min_width=widest)
    for row, texts in zip(rows, zip(*values, strict=True), strict=True):
        table.add_row(*map(Text, texts), style="bold" if is_bold(row) else "")
    return table


def _width_of(columns: Sequence[Column], rows: Sequence[Row]) -> int:
    wide = Console(width=10_000)
    return wide.measure(_table(columns, rows, lambda row: False)).maximum


def _in_a_line(heading: str) -> str:
    return heading.replace("_\n", "_").replace("\n", " ")
