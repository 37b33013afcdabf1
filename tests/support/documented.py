"""The commands and the Python code that the pages show: the fenced blocks of README.md and docs/, in order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNNABLE = ("sh", "bash", "python")
BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>.*?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.M
)


@dataclass(frozen=True)
class Block:
    """A block of a page. line: the number of its first line. reason: why no test runs it; None if a test runs it."""

    page: Path
    line: int
    language: str
    text: str
    reason: str | None


def blocks(page: Path) -> Iterator[Block]:
    """The blocks of a page that are commands or Python, with those that no test runs."""
    text = page.read_text()
    for found in BLOCK.finditer(text):
        if found["language"] in RUNNABLE:
            line = text.count("\n", 0, found.start("text")) + 1
            yield Block(page, line, found["language"], found["text"], found["reason"])
