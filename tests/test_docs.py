"""The pages are correct: generated parts are current, links lead somewhere, README is short.

tests/whole/test_documented.py runs the commands that the pages show.
"""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from documented import PAGES, ROOT, RUNNABLE, blocks

DOCS = ROOT / "docs"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
# Why no test runs a block. scripts/compose-check runs Docker's commands, on a machine that has Docker.
ELSEWHERE = "another test runs it"  # tests/whole/test_command.py
REASONS = {
    ELSEWHERE,
    "needs Docker",
    "needs an NVIDIA GPU",
    "installs or starts the lab",
    "another test runs it",
    "downloads",
    "hours of training",
    "would lock out the other lines",
}
# Written with "_", so that a search for the phrases finds none.
AWKWARD = tuple(
    phrase.replace("_", " ")
    for phrase in ("From_which_on", "for_what_is_none", "that_lack", "is_not_to_be_had_here", "would_be_told_twice")
)


@pytest.mark.slow
def test_the_generated_parts_of_the_pages_are_current() -> None:
    done = subprocess.run([sys.executable, "-m", "docs.generate", "--check"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_part_that_is_out_of_date_is_named(tmp_path: Path) -> None:
    from docs.generate import write

    page = (DOCS / "operations.md").read_text()
    assert write(page) == page
    changed = page.replace("| `EVENKEEL_PORT` | `8000` |", "| `EVENKEEL_PORT` | `80` |")
    assert write(changed) == page != changed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_the_pages_leads_somewhere(page: Path) -> None:
    lost = []
    for link in LINK.findall(page.read_text()):
        path, _, anchor = link.partition("#")
        if "://" in link:
            continue
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert lost == []


def anchors(page: Path) -> set[str]:
    """The anchors of the page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.M)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {
        slug if number == 0 else f"{slug}-{number}" for slug, count in Counter(slugs).items() for number in range(count)
    }


def test_the_index_leads_to_every_page() -> None:
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"index.md"}
    assert sorted(LINK.findall((DOCS / "index.md").read_text())) == sorted({*pages, "notebook.ipynb"})


def test_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 150


def test_a_block_that_no_test_runs_gives_one_of_few_reasons() -> None:
    found = [block for page in PAGES for block in blocks(page)]
    assert {block.reason for block in found} - {None} == REASONS
    for block in found:
        commands = [line for line in block.text.splitlines() if line.startswith("docker ")]
        assert not commands or block.reason == "needs Docker", f"{block.page.name}:{block.line}"
    marks = sum(page.read_text().count("<!-- not run") for page in PAGES)
    assert marks == sum(block.reason is not None for block in found), "a mark that stands before no block"


def test_no_python_and_no_curl_line_is_left_out_or_hidden() -> None:
    found = [block for page in PAGES for block in blocks(page) if block.reason != ELSEWHERE]
    assert [block for block in found if block.reason and (block.language == "python" or "curl " in block.text)] == []
    for page in PAGES:
        fences = re.findall(r"^ *```(.*)$", page.read_text(), re.M)[::2]
        assert set(fences) <= {*RUNNABLE, "json", "toml", "text", "diff"}, page.name
        others = re.findall(r"^```(?:text|json|toml)\n(.*?)^```$", page.read_text(), re.M | re.S)
        assert not [text for text in others if re.search(r"^\s*(\$ )?curl |^(from|import) \w", text, re.M)], page.name


def test_every_generated_part_stands_on_one_page() -> None:
    from docs.generate import MARKED, PARTS

    found = Counter(mark[2] for page in PAGES for mark in MARKED.finditer(page.read_text()))
    assert found == dict.fromkeys(PARTS, 1)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_pages_are_plain(page: Path) -> None:
    text = page.read_text().lower()
    assert [phrase for phrase in AWKWARD if phrase.lower() in text] == []


def test_every_decision_has_a_date() -> None:
    undated = re.findall(r"^## (.*)\n(?!- Date: \d{4}-\d\d-\d\d\n)", (DOCS / "decisions.md").read_text(), re.M)
    assert undated == []


def test_every_threat_names_a_test_that_is_there() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", (DOCS / "security.md").read_text())
    assert len(named) > 30
    missing = [
        (file, test)
        for file, test in named
        if not (ROOT / file).exists() or (test and f"def {test}(" not in (ROOT / file).read_text())
    ]
    assert missing == []
