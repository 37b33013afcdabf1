"""What CONTRIBUTING.md and the tools' files promise is true."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
LOCKS = ["requirements.lock", *(path.relative_to(ROOT).as_posix() for path in (ROOT / "docker").glob("*.lock"))]


def git(*arguments: str) -> list[str]:
    return subprocess.check_output(["git", *arguments], cwd=ROOT, text=True).splitlines()


def test_the_guide_is_short_and_whatever_it_names_is_there() -> None:
    assert len(GUIDE.splitlines()) < 120
    named = re.findall(r"\]\(([\w./-]+)(?:#\w+)?\)|`((?:\w+/)+[\w.]*)`", GUIDE)
    paths = [link or path for link, path in named]
    assert len(paths) > 15
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_endpoint_that_the_guide_copies_is_in_every_place_that_it_names() -> None:
    for file, what in {
        "evenkeel/lab/steering.py": ("class Cancelled:", "def cancel("),
        "api/schemas/experiments.py": ("class ExperimentChanges(",),
        "api/endpoints/experiments.py": ("def cancel_experiment(",),
        "evenkeel/notebook/steering.py": ("def cancel(",),
        "evenkeel/cli/__init__.py": ("COMMANDS", ".cancel"),
        "evenkeel/cli/changes.py": ("def cancel(",),
    }.items():
        assert [words for words in what if words not in (ROOT / file).read_text()] == [], file


def test_nothing_that_git_ignores_is_committed() -> None:
    assert git("ls-files", "--cached", "--ignored", "--exclude-standard") == []
    caches = (
        ".hypothesis/",
        ".import_linter_cache/",
        ".mypy_cache/",
        ".pytest_cache/",
        ".ruff_cache/",
        ".schemathesis/",
    )
    assert git("check-ignore", "--no-index", *(f"{cache}x" for cache in caches)) == [f"{cache}x" for cache in caches]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_is_known_as_generated_and_stays_out_of_diffs(lock: str) -> None:
    attributes = git("check-attr", "linguist-generated", "diff", "--", lock)
    assert attributes == [f"{lock}: linguist-generated: set", f"{lock}: diff: unset"]


def test_a_commit_is_checked_by_the_ruff_that_the_lock_pins() -> None:
    [repo] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert repo["repo"] == "local"
    assert [hook["entry"].split()[:2] for hook in repo["hooks"]] == [
        [".venv/bin/ruff", do] for do in ("format", "check")
    ]
    assert re.search(r"^ruff==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
