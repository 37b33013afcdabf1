"""Shows texts that somebody chose, so that what a reader sees is what is there."""

import unicodedata

# Control characters, halves of surrogate pairs, and the ends of lines and paragraphs.
HIDDEN = ("Cc", "Cs", "Zl", "Zp")
# They change the direction of the letters after them, so that a text looks like another one.
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str, keep: str = "") -> str:
    r"""The text with an escape in the place of each character that is not seen, or that moves the others: a terminal
    obeys some of them, and a file of XML must not have them.

    Args:
        keep: Such characters that stay, as '\n'.

    Example:
        >>> visible("red \x1b[31m\n")
        'red \\x1b[31m\\n'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if letter in keep or not _is_hidden(letter) else _escape(letter) for letter in text)


def _is_hidden(letter: str) -> bool:
    return letter in TURNING or unicodedata.category(letter) in HIDDEN


def _escape(letter: str) -> str:
    return letter.encode("unicode_escape", "surrogatepass").decode()
