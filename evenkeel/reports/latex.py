r"""Writes tables for a paper, in LaTeX. They need \usepackage{booktabs}, and the long ones \usepackage{longtable}."""

import re
from collections.abc import Iterable
from typing import Any

from evenkeel.printable import printable
from evenkeel.reports.formats import UNKNOWN, short
from evenkeel.reports.sheets import Sheet
from evenkeel.reports.tables import Columns

ESCAPED = {
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    **{letter: f"\\{letter}" for letter in "{}$&#%_"},
    # After the end of a row, LaTeX would read these as options of the line break.
    **{letter: f"{{{letter}}}" for letter in "[]*"},
}
MINUS = re.compile(r"(?<!\S)\(?-(?=[\d.])")


def to_latex(sheet: Sheet) -> str:
    """The sheet as a `tabular` with the rules of booktabs. Its title and its notes are comments above it."""
    rows = [
        [
            f"\\textbf{{{escape(text)}}}" if (row, column) in sheet.bold else escape(text)
            for column, text in enumerate(texts)
        ]
        for row, texts in enumerate(sheet.rows)
    ]
    notes = [*sheet.notes, *([f"Bold: {sheet.bold_means}."] if sheet.bold_means else [])]
    alignment = "l" * sheet.words + "r" * (len(sheet.headings) - sheet.words)
    lines = [
        *(f"% {printable(' '.join(line.split()))}" for line in (sheet.title, *notes)),
        f"\\begin{{tabular}}{{{alignment}}}",
        *("\\toprule", _row(map(escape, sheet.headings)), "\\midrule"),
        *map(_row, rows),
        *("\\bottomrule", "\\end{tabular}"),
    ]
    return "\n".join(lines) + "\n"


def columns_to_latex(columns: Columns) -> str:
    """A table of many rows as a `longtable`, which may break over pages. A value that is not known is a dash."""
    alignment = "".join(
        "r" if any(isinstance(value, float) for value in values) else "l" for values in columns.values()
    )
    rows = zip(*columns.values(), strict=True)
    lines = [
        f"\\begin{{longtable}}{{{alignment}}}",
        *("\\toprule", _row(map(escape, columns)), "\\midrule", "\\endhead"),
        *(_row(escape(_text(value)) for value in values) for values in rows),
        *("\\bottomrule", "\\end{longtable}"),
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """The text as LaTeX shows it unchanged. A minus before a number is as long as a minus should be.

    Example:
        >>> print(escape("50 % of model_a, -0.5 & <0.001"))
        50 \\% of model\\_a, $-$0.5 \\& \\textless{}0.001
    """
    if text == UNKNOWN:
        return "--"
    whole = printable(" ".join(text.split())).replace("--", "-\0-").replace("''", "'\0'")
    escaped = "".join(ESCAPED.get(letter, letter) for letter in whole)
    return MINUS.sub(lambda found: found[0].replace("-", "$-$"), escaped).replace("\0", "{}")


def _row(texts: Iterable[str]) -> str:
    return " & ".join(texts) + r" \\"


def _text(value: Any) -> str:
    return UNKNOWN if value is None else short(value, 4) if isinstance(value, float) else str(value)
