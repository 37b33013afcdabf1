"""What every result can do: print itself, become a table for a notebook or a paper, and turn into a DataFrame."""

import json
from abc import ABC, abstractmethod
from dataclasses import replace
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from evenkeel.printable import printable
from evenkeel.reports.latex import to_latex
from evenkeel.reports.sheets import Sheet
from evenkeel.reports.tables import Columns

if TYPE_CHECKING:
    from evenkeel.figures.figure import Figure

FRAMES = ("pandas", "polars")


class Shown(ABC):
    """A result that shows itself. A subclass says what its sheet, its sentences, its columns and its figure are."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The result as plain JSON values, in the shape in which the API of a lab answers."""

    @abstractmethod
    def figure(self) -> "Figure":
        """The result as a matplotlib Figure, the same that a lab draws."""

    @abstractmethod
    def _sheet(self) -> Sheet: ...

    @abstractmethod
    def _says(self) -> list[str]:
        """The answer in sentences, one paragraph each."""

    @abstractmethod
    def _columns(self) -> Columns: ...

    def to_frame(self, *, library: str | None = None) -> Any:
        """The result as a DataFrame in long form.

        Args:
            library: 'pandas' or 'polars'. By default pandas, or else polars, whichever is installed.

        Raises:
            ValueError: `library` is another word.
            ModuleNotFoundError: The library is not installed.
        """
        return frame_of(self._columns(), library)

    def to_latex(self) -> str:
        """The table in LaTeX, with the rules of booktabs. An entry is bold only where a test allows it."""
        return to_latex(self._sheet())

    def __str__(self) -> str:
        """The table, what its columns mean, and the answer."""
        sheet = self._sheet()
        return "\n".join([to_text(sheet), *map(printable, [*sheet.notes, "", *self._says()])])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return to_html(self._sheet()) + "".join(f"<p>{escape(printable(said))}</p>" for said in self._says())


def to_plain(found: Any) -> Any:
    """A result, or a dict with results, as plain JSON values. A number that is not finite becomes None."""
    return json.loads(to_json(found, inf_nan_mode="null"))


def frame_of(columns: Columns, library: str | None = None) -> Any:
    """The columns as a DataFrame.

    Args:
        library: 'pandas' or 'polars'. By default pandas, or else polars, whichever is installed.

    Raises:
        ValueError: `library` is another word.
        ModuleNotFoundError: The library is not installed; without a choice, neither of them is.
    """
    if library not in (None, *FRAMES):
        raise ValueError(f"library: {library!r} is not allowed; allowed: {', '.join(FRAMES)}")
    for name in (library,) if library else FRAMES:
        # Of a column with 1 and 0.5, polars makes a column of floats only if it is not strict.
        options = {"strict": False} if name == "polars" else {}
        try:
            return import_module(name).DataFrame(columns, **options)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
    missing = f"{library}, which is not" if library else "pandas or polars, and neither is"
    raise ModuleNotFoundError(f"to_frame() needs {missing} installed: pip install {library or 'pandas'}")


def to_text(sheet: Sheet) -> str:
    """The sheet for a terminal. Words are on the left of their columns, numbers on the right. A star is for bold."""
    sheet = _visible(sheet)
    starred = {column for _, column in sheet.bold}
    lines = [sheet.headings] + [
        [
            text + "*" * ((row, column) in sheet.bold) + " " * (column in starred and (row, column) not in sheet.bold)
            for column, text in enumerate(texts)
        ]
        for row, texts in enumerate(sheet.rows)
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(sheet.headings))]
    told = [
        "  ".join(
            text.ljust(width) if column < sheet.words else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in lines
    ]
    rule = "  ".join("-" * width for width in widths)
    star = [f"* {sheet.bold_means}"] if sheet.bold_means else []
    return "\n".join(line.rstrip() for line in [sheet.title, told[0], rule, *told[1:], *star])


def to_html(sheet: Sheet) -> str:
    """The sheet for a notebook."""
    sheet = _visible(sheet)

    def row(texts: list[str], tag: str, number: int = -1) -> str:
        entries = (
            f"<{tag}>{f'<b>{escape(text)}</b>' if (number, column) in sheet.bold else escape(text)}</{tag}>"
            for column, text in enumerate(texts)
        )
        return f"<tr>{''.join(entries)}</tr>"

    body = "".join(row(texts, "td", number) for number, texts in enumerate(sheet.rows))
    notes = [*sheet.notes, *([f"Bold: {sheet.bold_means}."] if sheet.bold_means else [])]
    return (
        f"<table><caption>{escape(sheet.title)}</caption><thead>{row(sheet.headings, 'th')}</thead>"
        f"<tbody>{body}</tbody></table><p><small>{escape(' '.join(notes))}</small></p>"
    )


def _visible(sheet: Sheet) -> Sheet:
    """The sheet, of which a reader sees every character. Names and levels may come from a file of somebody else."""
    return replace(
        sheet,
        title=printable(sheet.title),
        headings=list(map(printable, sheet.headings)),
        rows=[list(map(printable, row)) for row in sheet.rows],
        bold_means=printable(sheet.bold_means),
        notes=list(map(printable, sheet.notes)),
    )
