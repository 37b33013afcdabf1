"""Texts that are safe to print.

A text that somebody else wrote may hold characters that a terminal obeys (it moves the cursor, or changes a colour),
that begin a new line, or that turn the order of the letters around. A line of a log could be forged with them.
"""

import re

# C0 and DEL; C1; the Arabic letter mark; marks, line and paragraph separators, overrides and isolates of the
# direction; halves of surrogate pairs, which cannot be encoded; and the byte order mark, which nobody sees.
OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def printable(text: str) -> str:
    r"""The text in one line, with an escape such as `\x1b` or `\u202e` for each character that a terminal obeys."""
    return OBEYED.sub(_escape, text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines. The lines stay lines."""
    return "\n".join(map(printable, text.split("\n")))


def _escape(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
