"""Every factor is an option of the commands that take filters, in any order with their own options."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.cli.factors import LevelMissing, factors_to_filters
from evenkeel.client import Client

RUNNER = CliRunner()
KNOWN = {"--where": True, "--output": True, "-o": True, "--json": False, "--help": False}


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("--lr 0.003", "--where lr=0.003"),
        ("--lr=0.003", "--where lr=0.003"),
        ("--lr 0.003 --lr 0.001", "--where lr=0.003 --where lr=0.001"),
        ("--batch-size 64 --batch_size 32", "--where batch_size=64 --where batch_size=32"),
        ("--shift -1", "--where shift=-1"),
        ("demo -o x.svg --lr 1", "demo -o x.svg --where lr=1"),
        ("--lr 1 demo -o x.svg", "--where lr=1 demo -o x.svg"),
        ("--json --lr 1 --output=x.svg demo", "--json --where lr=1 --output=x.svg demo"),
        ("--output --lr 1", "--output --lr 1"),
        ("--where a=b --lr a=b", "--where a=b --where lr=a=b"),
        ("demo -- --lr 1", "demo -- --lr 1"),
        ("demo --output", "demo --output"),
    ],
)
def test_an_unknown_option_is_a_filter_and_everything_else_stays_as_it_is(given: str, meant: str) -> None:
    assert factors_to_filters(given.split(), KNOWN) == meant.split()


@pytest.mark.parametrize("given", ["--jsn", "--jsn --where a=b"])
def test_an_unknown_option_without_a_level_is_refused(given: str) -> None:
    with pytest.raises(LevelMissing, match=r"^No such option: --jsn"):
        factors_to_filters(given.split(), KNOWN)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The queries for figures that the client would have sent to the API."""
    queries: list[dict[str, Any]] = []

    def figure(self: Client, form: str, kind: str, **query: Any) -> bytes:
        queries.append({"form": form, "kind": kind} | query)
        return b"a figure"

    monkeypatch.setattr(Client, "figure", figure)
    return queries


@pytest.mark.parametrize(
    "order",
    [
        "{name} -o {file} --arch yolo --lr 0.1",
        "--arch yolo {name} --lr=0.1 -o {file}",
        "--arch=yolo --lr 0.1 -o {file} {name}",
    ],
)
def test_a_figures_name_and_file_are_found_between_factors(
    order: str, asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    file = tmp_path / "x.svg"
    result = RUNNER.invoke(app, ["figure", *order.format(name="demo", file=file).split()])
    assert (result.exit_code, file.read_bytes()) == (0, b"a figure")
    assert asked == [{"form": "svg", "kind": "bands", "experiment": "demo", "arch": ["yolo"], "lr": ["0.1"]}]


def test_what_is_not_said_is_left_to_the_api(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    RUNNER.invoke(app, ["figure", "-o", str(tmp_path / "x.png")])
    RUNNER.invoke(app, ["figure", "-o", str(tmp_path / "x.png"), "--metric", "val_loss", "--task", "mine"])
    assert asked == [
        {"form": "png", "kind": "bands"},
        {"form": "png", "kind": "bands", "metric": "val_loss", "task": "mine"},
    ]


@pytest.mark.parametrize("command", ["summary", "figure", "effects"])
def test_its_help_says_so_and_a_forgotten_level_is_refused(command: str) -> None:
    assert "Any factor narrows it: --lr 0.003" in RUNNER.invoke(app, [command, "--help"]).output
    result = RUNNER.invoke(app, [command, "demo", "--lr"])
    assert result.exit_code == 2
    assert "No such option: --lr" in result.output


def test_a_command_without_filters_takes_no_factor() -> None:
    result = RUNNER.invoke(app, ["runs", "demo", "--lr", "0.003", "--url", "http://127.0.0.1:1"])
    assert result.exit_code == 2
    assert "No such option: --lr" in result.output
