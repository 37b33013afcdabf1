"""A command checks the file that it reads before it calls the API. A file that it writes is whole or missing."""

import os
import resource
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client
from evenkeel.connection import ApiError

RUNNER = CliRunner()
REPORT: dict[str, Any] = {
    "markdown": "# demo",
    "html": "<h1>demo</h1>",
    "findings": [],
    "region": None,
    "answer": "Nothing yet.",
}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Answers in place of the API. The list gets the name of each call."""
    calls: list[str] = []

    def answer(what: str, value: Any) -> Any:
        return lambda self, *_, **__: calls.append(what) or value

    monkeypatch.setattr(Client, "figure", answer("figure", b"<svg>" + bytes(10_000)))
    monkeypatch.setattr(Client, "table", answer("table", b"a,b\n"))
    monkeypatch.setattr(Client, "report", answer("report", REPORT))
    return calls


def left() -> list[str]:
    return sorted(path.relative_to(Path.cwd()).as_posix() for path in Path.cwd().rglob("*"))


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("folder", "--output folder: is a folder; name a file that ends in .svg, .png or .pdf\n"),
        ("x.gif", "--output x.gif: the name must end in .svg, .png or .pdf\n"),
        ("x", "--output x: the name must end in .svg, .png or .pdf\n"),
        ("file/x.svg", "--output file/x.svg: {here}/file is a file, not a folder\n"),
        ("/proc/x.svg", "--output /proc/x.svg: cannot be written: "),
    ],
)
def test_a_figure_that_cannot_be_written_is_refused_before_it_is_drawn(
    output: str, says: str, asked: list[str], tmp_path: Path
) -> None:
    Path("folder").mkdir()
    Path("file").touch()
    result = RUNNER.invoke(app, ["figure", "demo", "-o", output])
    assert result.exit_code == 1
    assert result.output.startswith(says.format(here=tmp_path))
    assert result.output.count("\n") == 1
    assert asked == []
    assert left() == ["file", "folder"]


def test_a_file_that_may_not_be_written_to_is_refused(asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("old.svg").write_text("old")
    # If root runs the tests, it may write to any file.
    monkeypatch.setattr(os, "access", lambda path, mode: not (str(path) == "old.svg" and mode == os.W_OK))
    result = RUNNER.invoke(app, ["figure", "demo", "-o", "old.svg"])
    assert (result.exit_code, result.output) == (1, "--output old.svg: is a file that you may not write to\n")
    assert (asked, Path("old.svg").read_text()) == ([], "old")


@pytest.mark.parametrize(
    ("command", "files"),
    [
        ("figure demo -o new/folder/x.svg", {"x.svg"}),
        ("export demo -o new/folder", {"cells.csv", "effects.csv", "epochs.csv", "runs.csv"}),
        ("export demo --format latex -o new/folder", {"cells.tex", "effects.tex", "epochs.tex", "runs.tex"}),
        (
            "report demo -o new/folder",
            {"report.md", "report.html", "figure1.svg", "figure1.png", "effects.svg", "effects.png"},
        ),
    ],
)
def test_a_missing_folder_is_made_and_holds_the_files_alone(command: str, files: set[str], asked: list[str]) -> None:
    assert RUNNER.invoke(app, command.split()).exit_code == 0
    assert set(os.listdir("new/folder")) == files
    assert os.listdir() == ["new"]


def test_a_report_with_a_region_draws_it_over_the_same_factors(
    asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []
    monkeypatch.setattr(Client, "report", lambda self, **_: REPORT | {"region": {"x": "lr", "y": "depth"}})
    monkeypatch.setattr(Client, "figure", lambda self, form, kind, **query: drawn.append((kind, query)) or b"<svg>")
    assert RUNNER.invoke(app, ["report", "demo", "-o", "new"]).exit_code == 0
    assert {"region.svg", "region.png"} < set(os.listdir("new"))
    assert ("region", {"experiment": "demo", "x": "lr", "y": "depth"}) in drawn


@pytest.mark.parametrize("command", ["report", "export"])
@pytest.mark.parametrize("output", ["file", "file/below", "/proc/x"])
def test_a_folder_that_cannot_be_one_is_refused_before_anything_is_asked(
    command: str, output: str, asked: list[str]
) -> None:
    Path("file").touch()
    result = RUNNER.invoke(app, [command, "demo", "-o", output])
    assert result.exit_code == 1
    assert result.output.startswith(f"--output {output}: ")
    assert result.output.count("\n") == 1
    assert (asked, left()) == ([], ["file"])


@pytest.mark.parametrize("command", ["figure demo -o new/x.svg", "report demo -o new", "export demo -o new"])
@pytest.mark.parametrize(("problem", "code"), [(ApiError(422, "no such metric", []), 1), (KeyboardInterrupt(), 130)])
def test_nothing_is_left_of_a_command_that_fails_or_is_interrupted_half_way(
    command: str, problem: BaseException, code: int, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_at_the_last(self: Client, what: str = "", *_: Any, **__: Any) -> bytes:
        if what == "/summary":
            return b"a,b\n"
        raise problem

    monkeypatch.setattr(Client, "figure", fail_at_the_last)
    monkeypatch.setattr(Client, "table", fail_at_the_last)
    result = RUNNER.invoke(app, command.split())
    assert result.exit_code == code
    assert left() == []


def test_a_disk_that_is_full_leaves_the_old_figure_as_it_was(asked: list[str]) -> None:
    Path("x.svg").write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        result = RUNNER.invoke(app, ["figure", "demo", "-o", "x.svg"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (result.exit_code, result.output) == (1, "--output x.svg: cannot be written: File too large\n")
    assert left() == ["x.svg"]
    assert Path("x.svg").read_text() == "old"


def test_a_folder_in_a_files_place_is_named_and_no_file_is_moved(asked: list[str]) -> None:
    Path("out/runs.csv").mkdir(parents=True)
    result = RUNNER.invoke(app, ["export", "demo", "-o", "out"])
    assert result.exit_code == 1
    assert "runs.csv: is a folder" in result.output
    assert left() == ["out", "out/runs.csv"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"name": ', "is not JSON: Expecting value: line 1 column 10 (char 9)"),
        (b"name: demo\n", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"\xff\xfe{", "is not UTF-8 text"),
        (b'{"name": "\\ud800"}', "is not UTF-8 text"),
        (b'{"lr": NaN}', "contains a number that JSON does not allow, such as NaN or 1e999"),
        (b'{"lr": 1e999}', "contains a number that JSON does not allow, such as NaN or 1e999"),
        (b"[" * 100_000, "is nested too deep for a grid"),
        (b"[1]", "a grid is a JSON object with name, grid, seeds and train"),
    ],
)
def test_a_grid_that_cannot_be_read_is_refused_with_what_is_wrong(content: bytes, says: str) -> None:
    Path("grid.json").write_bytes(content)
    result = RUNNER.invoke(app, ["submit", "grid.json", "--url", "http://127.0.0.1:1"])
    assert (result.exit_code, result.output) == (1, f"grid.json: {says}\n")


@pytest.mark.parametrize(("name", "says"), [("missing.json", "No such file or directory"), (".", "Is a directory")])
def test_a_grid_that_is_no_file_is_refused(name: str, says: str) -> None:
    result = RUNNER.invoke(app, ["submit", name, "--url", "http://127.0.0.1:1"])
    assert (result.exit_code, result.output) == (1, f"{name}: {says}\n")
