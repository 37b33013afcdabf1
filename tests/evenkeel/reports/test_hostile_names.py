"""Names and levels that mean something to whatever shows them come out as they are, in every form."""

import pytest
from hostile import Page, check
from markdown_it import MarkdownIt

from evenkeel.reports.markup import code, sentence, table


@pytest.mark.slow
def test_a_study_with_hostile_names_is_written_into_every_form_and_read_back() -> None:
    check(1)


NASTY = [
    "[see](javascript:alert(1)) ![x](http://evil/x.png) [a]: b",
    "<script>alert(1)</script> <!-- x --> &lt; &#60; <http://x.y>",
    "*a* **b** __c__ _d_ ~~e~~ `f` ``g`` | h | $i$ \\*",
    "# no heading",
    "1. no list",
    "- no list",
    "> no quotation",
    "===",
]


@pytest.mark.parametrize("text", NASTY)
def test_in_markdown_a_sentence_shows_what_it_is(text: str) -> None:
    html = MarkdownIt("commonmark", {"html": True}).enable("table").enable("strikethrough").render(sentence(text))
    assert html.startswith("<p>")
    assert Page.of(html).text.strip() == text


def test_what_the_lab_itself_says_stays_as_it_was() -> None:
    said = "Final val_accuracy: lr mattered (0.1 is 0.05 below 0.01, p <0.001). Use `evenkeel retry` - or not."
    assert sentence(said) == said


@pytest.mark.parametrize("name", ["a-b-3f", "a`b", "``", "a|b", "`|`", " x ", "\n", "\\"])
def test_a_name_in_code_is_whole_also_in_a_table(name: str) -> None:
    shown = name.replace("\n", "\\x0a")
    render = MarkdownIt("commonmark").enable("table").render
    assert f"<code>{shown}</code>" in render(code(name)) + render(f"x {code(name)}")
    assert f"<td><code>{shown}</code></td>" in render(table(["cell", "n"], [[code(name, in_table=True), "1"]]))
