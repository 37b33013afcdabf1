"""The command line: what a person reads, and the exit code that a script reads."""

import json
from pathlib import Path

import pytest
from services import RunningStack, grid
from typer.testing import CliRunner

from api.cli import app

RUNNER = CliRunner()


@pytest.mark.parametrize("command", ["up", "submit", "watch", "summary", "figure", "experiments", "runs", "cancel"])
def test_every_command_explains_itself(command: str) -> None:
    result = RUNNER.invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert "--help" in result.output


def test_an_api_that_is_not_there_is_said_in_one_line() -> None:
    result = RUNNER.invoke(app, ["experiments", "--url", "http://127.0.0.1:1"])
    assert result.exit_code == 1
    assert "evenkeel up" in result.output
    assert "Traceback" not in result.output


def test_a_wrong_grid_is_refused_with_its_field(stack: RunningStack, tmp_path: Path) -> None:
    path = tmp_path / "grid.json"
    path.write_text(json.dumps(grid("wrong", grid={"arch": ["vit"], "norm": ["none"], "init": ["he"]})))
    result = RUNNER.invoke(app, ["submit", str(path), "--url", stack.url])
    assert result.exit_code == 1
    assert "grid.arch.0" in result.output
    assert "'yolo', 'resnet', 'plain' or 'vgg'" in result.output


def test_submit_watch_summary_and_figure_do_the_whole_job(stack: RunningStack, tmp_path: Path) -> None:
    path, figure = tmp_path / "grid.json", tmp_path / "out.svg"
    path.write_text(json.dumps(grid("from-cli", seeds=2)))
    url = ["--url", stack.url]
    assert "2 runs" in RUNNER.invoke(app, ["submit", str(path), "--dry-run", *url]).output
    assert "2 runs created" in RUNNER.invoke(app, ["submit", str(path), *url]).output
    watched = RUNNER.invoke(app, ["watch", "from-cli", *url])
    assert watched.exit_code == 0
    assert "2 of 2 runs done" in watched.output
    table = RUNNER.invoke(app, ["summary", "--experiment", "from-cli", *url]).output
    assert "yolo-none-he" in table
    assert "2/2" in table
    assert max(len(line) for line in table.splitlines()) <= 80
    assert RUNNER.invoke(app, ["figure", "from-cli", "-o", str(figure), *url]).exit_code == 0
    assert "<svg" in figure.read_text()
