"""Writes texts that somebody chose into Markdown, so that a reader sees them as they are."""

import re
from collections.abc import Sequence

from evenkeel.printable import printable

BLANKS = re.compile(r"[ \t\r\n]+")
# What a sentence of the lab shows as code: its own commands.
COMMANDS = re.compile(r"(`evenkeel [\w .-]*`)")
# An underscore within a word, as in batch_size, and a mark before a blank or a digit, as in p <0.001, mean nothing.
ANYWHERE = r"[\\`*\[\]|$]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|<(?=[A-Za-z/!?])|&(?=[A-Za-z0-9#]+;)|~(?=~)"
# Here a heading, a quotation or a list would begin.
AT_ITS_START = r"^>|^[#+-]+(?=\s|$)|^=+$"
NUMBERED = re.compile(r"^(\d{1,9})([.)])(?=\s|$)")
MEANS_SOMETHING = re.compile(f"{ANYWHERE}|{AT_ITS_START}")


def sentence(text: str) -> str:
    """The text as a part of a paragraph, or as the words of an image or of an entry of a table.

    Example:
        >>> print(sentence("lr_max mattered [see](x): p <0.001, <b>"))
        lr_max mattered \\[see\\](x): p <0.001, \\<b>
    """
    parts = COMMANDS.split(printable(BLANKS.sub(" ", text).strip()))
    return "".join(part if index % 2 else _escape(part) for index, part in enumerate(parts))


def code(text: str, in_table: bool = False) -> str:
    """The text as code. It stays on one line of the page, and a reader can copy it as a whole."""
    shown = printable(text)
    longest = max(map(len, re.findall("`+", shown)), default=0)
    fence, room = "`" * (longest + 1), " " if longest or shown != shown.strip() else ""
    # A table ends an entry at a bar, also within code.
    return f"{fence}{room}{shown.replace('|', chr(92) + '|') if in_table else shown}{room}{fence}"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table. Its entries are Markdown already."""
    lines = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def _escape(text: str) -> str:
    return NUMBERED.sub(r"\1\\\2", MEANS_SOMETHING.sub(lambda found: "\\" + found[0], text))
