"""Runs are marked in the same way on every page."""

import re
from pathlib import Path

from api.pages.marks import LETTERS


def test_a_mark_and_a_word_have_the_same_letter() -> None:
    style = (Path(__file__).parents[3] / "api" / "pages" / "static" / "parts.css").read_text()
    for kind, letter in LETTERS.items():
        [in_css] = re.findall(rf'\.{kind} {{ [^}}]*--letter: "([^"]*)"', style)
        assert (chr(int(in_css[1:], 16)) if in_css.startswith("\\") else in_css) == letter, kind
