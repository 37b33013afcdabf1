"""Names in a sentence."""

from evenkeel.analysis.wording.lists import listed


def test_the_word_stands_before_the_last_name() -> None:
    assert listed(["a"], "or") == "a"
    assert listed(["a", "b"], "and") == "a and b"
    assert listed(["a", "b", "c"], "or") == "a, b or c"
