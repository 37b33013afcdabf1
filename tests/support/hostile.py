"""Names and levels that mean something to whatever shows them, and what they have to look like in each form.

`python tests/support/hostile.py N` writes N studies with such names into every form, and prints the first that breaks.
scripts/fuzz runs this.
"""

import csv
import io
import json
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from markdown_it import MarkdownIt
from PIL import Image
from rich.console import Console

from evenkeel import stability
from evenkeel.cli.cells import Column, show_cells
from evenkeel.cli.common import LateConsole
from evenkeel.cli.tables import effects_table, show_summary
from evenkeel.figures import render
from evenkeel.printable import OBEYED, printable, printable_lines
from evenkeel.reports.latex import columns_to_latex, escape
from evenkeel.reports.tables import encode, summary_table

PIECES = (
    *(r"$\frac{", "$x_1$", "$", r"\$", "$$", r"\input{/etc/passwd}", r"\write18{id}", "%", "&", "{", "}", "^^41", "~"),
    *("#", "_", "__init__", r"\\", "\\", "--", "''", "``", "?`", "*", "[1]", "<<", "<script>alert(1)</script>", "<b>"),
    *('"><img src=x onerror=alert(1)>', "</svg>", "<!--", "-->", "]]>", "<?xml?>", "&lt;", "&#0;", "&amp;"),
    *("[a](javascript:alert(1))", "[a]: http://x", "![a](http://evil/x.png)", "![](figure1.svg)", "<http://x.y>"),
    *("|", "|---|", "`", "``a``", "**b**", "# h", "1. a", "- a", "> a", "~~a~~", "\n", "\r\n", "\t", "\n\n# h\n\n"),
    *("=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", '"', "'", ",", ";", "\x1b[31m", "\x1b]0;t\x07", "\x9b2J"),
    *(
        "\x00",
        "\x08",
        "\x7f",
        "\x85",
        "\u202e",
        "\u2066",
        "\u200f",
        "\u2028",
        "é",
        "Zaunkönig",
        "日本",
        "😀",
        "a\u0301",
    ),
    *("[/bold]", "[red]", "[link=http://x]", ":smile:", "{0}", "%s", "{name}", "../../etc/passwd", "C:\\x", " ", "x"),
    *("adam", "0.5", "True", "None", "nan", "1e5", "a" * 90),
)
SQUEEZED = re.compile(r"\s+")


def words(rng: np.random.Generator) -> Iterator[str]:
    """Different texts, each made of one to four pieces."""
    seen: set[str] = set()
    while True:
        text = "".join(rng.choice(np.array(PIECES, object), rng.integers(1, 5)))
        # A frame's names and levels are told apart by more than case and blanks.
        key = SQUEEZED.sub("", printable(text)).casefold()
        if key and key not in seen:
            seen.add(key)
            yield text


def study(seed: int) -> tuple[stability.Runs, list[str]]:
    """Runs with such names, and these: an experiment, a metric, two factors, and two levels of the first factor."""
    rng = np.random.default_rng(seed)
    named = words(rng)
    name, metric, *factors = (next(named) for _ in range(4))
    # A frame refuses a factor whose name has a colon, or an underscore at its start.
    factor, number = (f"{'fg'[place]}{each.replace(':', '')}" for place, each in enumerate(factors))
    levels = [next(named), next(named)]
    columns: dict[str, list[Any]] = {factor: [], number: [], "seed": [], "epoch": [], metric: []}
    for level in levels:
        for lr in (0.1, 0.5):
            for run in range(3):
                for epoch in (1, 2):
                    lost = level == levels[0] and lr == 0.5 and run == 0 and epoch == 2
                    value = np.nan if lost else 0.5 + 0.2 * (level == levels[0]) + rng.normal(0, 0.01)
                    for column, entry in zip(columns, (level, lr, run, epoch, value), strict=True):
                        columns[column].append(entry)
    runs = stability.runs(columns, metric, "higher", "seed", "epoch", [factor, number], name=name)
    return runs, [name, metric, factor, number, *levels]


def check(seed: int) -> None:
    """Write a study into every form, and read each with a parser of its own. Raises AssertionError."""
    runs, (name, metric, factor, number, *levels) = study(seed)
    summary, effects = stability.summary(runs, threshold=0.4), stability.effects(runs, permutations=99)
    with warnings.catch_warnings():
        # The font of the figures has no letters of some scripts.
        warnings.filterwarnings("ignore", r"Glyph \d+")
        report, reaching = stability.report(runs, effects), summary.figure("reaching")
        svgs = [*report.svgs.values(), render(reaching, "svg").decode()]
        for form in ("png", "pdf"):
            check_bytes(form, render(reaching, form))
    for svg in svgs:
        check_svg(svg)
    assert_holds("".join(map(comments, svgs)), [metric, factor, number, *levels])
    table = summary_table(runs.task, runs.cells, "runs")
    check_tables(table, factor, levels)
    for latex in (summary.to_latex(), effects.to_latex(), columns_to_latex(table)):
        check_latex(latex)
    for text in (name, metric, factor, number, *levels):
        if text.strip() != "-":
            assert unlatex(escape(text)) == printable(" ".join(text.split())), (text, escape(text))
    for text in (str(summary), str(effects), str(runs)):
        assert_seen(text)
    assert_holds(str(summary), [factor, number, *levels])
    for html in (report.found.html, summary._repr_html_(), effects._repr_html_()):
        assert_holds(Page.of(html).text, levels)
    assert_holds(Page.of(report.found.html).text, [name, factor, number])
    check_markdown(report.found.markdown)
    check_terminal(runs, summary.to_dict(), effects.to_dict())


def assert_seen(text: str) -> None:
    """No character in the text does anything but to be seen."""
    assert not OBEYED.search(text.replace("\n", "")), text


def assert_holds(text: str, names: list[str]) -> None:
    """Names may be broken into lines, a blank may stand for several and for a line's end, and a table may write an
    underscore of a name as a blank."""
    squeezed = _squeeze(text)
    for name in names:
        forms = printable(name), printable_lines(name), printable(re.sub(r"[ \t\r\n]+", " ", name))
        assert any(_squeeze(form) in squeezed for form in forms), (name, text)


def _squeeze(text: str) -> str:
    return SQUEEZED.sub("", text).replace("_", "")


def comments(svg: str) -> str:
    """The texts of the figure: matplotlib writes each into a comment before it draws its letters."""
    found = re.findall(r"<!--(.*?)-->", svg, re.DOTALL)
    return " ".join(found).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def check_svg(svg: str) -> None:
    for element in ElementTree.fromstring(svg).iter():
        tag = str(element.tag).rpartition("}")[2]
        assert tag not in ("script", "foreignObject", "a", "iframe", "animate", "set"), tag
        for attribute, value in element.attrib.items():
            assert not attribute.lower().startswith("on"), attribute
            # The colours beside a region are an image of their own, within the file.
            assert not attribute.endswith("href") or value.startswith(("#", "data:image/png;base64,")), value


def check_bytes(form: str, content: bytes) -> None:
    if form == "png":
        with Image.open(io.BytesIO(content)) as image:
            image.load()
    else:
        assert content.startswith(b"%PDF-")
        assert content.rstrip().endswith(b"%%EOF")


def check_tables(columns: dict[str, list[Any]], factor: str, levels: list[str]) -> None:
    """CSV and Parquet are for programs: names and levels come back to the letter."""
    import duckdb

    rows = list(csv.reader(io.StringIO(encode(columns, "csv").decode(), newline="")))
    assert rows[0] == list(columns)
    assert {len(row) for row in rows} == {len(columns)}
    assert {row[rows[0].index(factor)] for row in rows[1:]} == set(levels)
    path = Path(tempfile.mkdtemp()) / "it's.parquet"
    try:
        path.write_bytes(encode(columns, "parquet"))
        with duckdb.connect() as database:
            read = database.read_parquet(str(path))
            assert read.columns == list(columns)
            assert {row[read.columns.index(factor)] for row in read.fetchall()} == set(levels)
    finally:
        shutil.rmtree(path.parent)


def check_latex(text: str) -> None:
    """Every row has as many entries, and no letter means anything but itself."""
    assert_seen(text)
    rows = [line for line in text.splitlines() if line.endswith(r" \\")]
    assert len({len(re.findall(r"(?<!\\)&", row)) for row in rows}) == 1, text
    for row in rows:
        for entry in re.split(r"(?<!\\)&", row.removesuffix(r" \\")):
            unlatex(re.sub(r"^\\textbf\{(.*)\}$", r"\1", entry.strip()))
    others = [line for line in text.splitlines() if not line.endswith(r" \\")]
    assert all(re.match(r"% |\\(begin|end|toprule|midrule|bottomrule|endhead)", line) for line in others), text


NAMED = {
    "backslash": "\\",
    "asciicircum": "^",
    "asciitilde": "~",
    "less": "<",
    "greater": ">",
    "bar": "|",
    "asciigrave": "`",
}
LATEX = re.compile(r"\\text(\w+)\{\}|\\([{}$&#%_])|\{([\[\]*])\}|\$(-)\$|(\{\})|([^\\{}$&#%_^~])")


def unlatex(text: str) -> str:
    """What LaTeX would show. Raises AssertionError if anything in the text means more than a letter."""
    shown, at = [], 0
    while at < len(text):
        found = LATEX.match(text, at)
        assert found is not None, (text, text[at:])
        command, escaped, braced, minus, _, plain = found.groups()
        shown.append(NAMED[command] if command else escaped or braced or minus or plain or "")
        at = found.end()
    return "".join(shown)


class Page(HTMLParser):
    """Reads a page of HTML. Raises AssertionError for anything in it that is active, or that fetches something."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    @classmethod
    def of(cls, html: str) -> "Page":
        assert_seen(html)
        page = cls()
        page.feed(html)
        page.close()
        return page

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "iframe", "object", "embed", "form", "img", "a", "link", "base"), tag
        for name, value in attributes:
            assert not name.startswith("on"), name
            inside = (value or "").startswith(("#", "data:image/png;base64,"))
            assert name not in ("href", "src", "xlink:href") or inside, (name, value)

    def handle_data(self, data: str) -> None:
        self.text += data


NOT_OURS = ("html_block", "html_inline", "link_open", "blockquote_open", "list_item_open", "em_open", "fence")


def check_markdown(text: str) -> None:
    """Also a reader that allows HTML and links shows the names as they are."""
    assert_seen(text)
    images = []
    for token in MarkdownIt("commonmark", {"html": True}).enable("table").parse(text):
        for part in [token, *(token.children or [])]:
            assert part.type not in ("html_block", "html_inline", "link_open", "blockquote_open", "list_item_open"), (
                part
            )
            images += [str(part.attrs["src"])] if part.type == "image" else []
    assert images == ["effects.svg", "region.svg", "figure1.svg"]
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        line for line in text.splitlines() if re.match(r"# Does it train|## ", line)
    ]


def check_terminal(runs: stability.Runs, summary: dict[str, Any], effects: dict[str, Any]) -> None:
    """What the command line prints at 80 columns. Only the console itself may send escapes: here it sends none."""
    out = io.StringIO()
    console = LateConsole()
    console.rich.file, console.rich.width = out, 80
    show_summary(console.rich, summary)
    console.print(effects_table(effects))
    console.print(effects["answer"], highlight=False)
    names = [{"cell": cell.cell} for cell in runs.cells]
    show_cells(Console(file=out, width=80), runs.name, names, [], [Column("cell\nagain", lambda row: str(row["cell"]))])
    assert_seen(out.getvalue())
    assert_holds(out.getvalue(), [cell.cell for cell in runs.cells])


if __name__ == "__main__":
    for case in range(int(sys.argv[1])):
        try:
            check(case)
        except Exception:
            print(f"the study of seed {case} breaks: {json.dumps(study(case)[1])}")
            raise
    print(f"{int(sys.argv[1]):,} studies with hostile names were written into every form, and read back")
