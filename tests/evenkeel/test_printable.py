"""What a terminal would obey is shown instead."""

import unicodedata

from evenkeel.printable import printable, printable_lines


def test_no_character_that_a_terminal_obeys_or_nobody_sees_is_left() -> None:
    every = "".join(map(chr, range(0x10000)))
    left = printable(every)
    assert {unicodedata.category(each) for each in left} & {"Cc", "Cs", "Zl", "Zp"} == set()
    assert {unicodedata.bidirectional(each) for each in left} & {
        *("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"),
    } == set()
    left.encode()  # Halves of surrogate pairs are gone too.


def test_an_escape_tells_which_character_it_was_and_all_else_stays() -> None:
    assert printable("a\x1b[31m\r\n\x9b\u202e\ufeffb") == r"a\x1b[31m\x0d\x0a\x9b\u202e\ufeffb"
    kept = "C:\\x 'quoted' é 漢字 🙂 e\u0301"
    assert printable(kept) == kept
    assert printable_lines("a\x07\nb") == "a\\x07\nb"
