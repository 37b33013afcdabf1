"""What nobody sees is written out."""

import pytest

from evenkeel.grids.letters import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a plain name_1", "a plain name_1"),
        ("Zaunkönig 日本 😀", "Zaunkönig 日本 😀"),
        ("\x1b[31mred\x07", r"\x1b[31mred\x07"),
        ("a\r\nb\tc\x00", r"a\r\nb\tc\x00"),
        ("\x9b2J", r"\x9b2J"),
        ("safe\u202egpj.exe", r"safe\u202egpj.exe"),
        ("a\u2028b\ud800", r"a\u2028b\ud800"),
        ("\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),  # Persian needs the mark between its letters
    ],
)
def test_letters_that_obey_or_turn_are_written_as_escapes_and_all_others_stay(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_some_of_them_can_be_kept() -> None:
    assert visible("a\nb\x1b", keep="\n") == "a\nb\\x1b"
