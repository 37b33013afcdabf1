"""`evenkeel open`: the address of a page, printed and opened."""

import webbrowser

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client

RUNNER = CliRunner()
LAB = "http://127.0.0.1:8123"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    opened: list[str] = []

    def note(address: str) -> bool:
        opened.append(address)
        return True

    monkeypatch.setattr(webbrowser, "open", note)
    monkeypatch.setattr(Client, "experiments", lambda self: [{"name": "demo"}, {"name": "deadbeef"}])
    monkeypatch.setattr(Client, "experiment", lambda self, name: {"name": name})
    monkeypatch.setattr(Client, "run", lambda self, run_id: {"id": run_id + "0" * 24})
    return opened


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ([], "/ui/"),
        (["demo"], "/ui/experiments/demo"),
        (["0123abcd"], f"/ui/runs/0123abcd{'0' * 24}"),
        (["deadbeef"], "/ui/experiments/deadbeef"),
    ],
)
def test_an_experiment_or_a_run_is_opened_and_its_address_printed(
    opened: list[str], name: list[str], path: str
) -> None:
    result = RUNNER.invoke(app, ["open", *name, "--url", LAB])
    assert (result.exit_code, result.output) == (0, f"{LAB}{path}\n")
    assert opened == [LAB + path]


def test_it_only_prints_if_asked_to(opened: list[str]) -> None:
    assert RUNNER.invoke(app, ["open", "demo", "--print", "--url", LAB]).output == f"{LAB}/ui/experiments/demo\n"
    assert opened == []


def test_without_a_browser_it_says_so_beside_the_address(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda address: False)
    result = RUNNER.invoke(app, ["open", "demo", "--url", LAB])
    assert (result.exit_code, result.stdout) == (0, f"{LAB}/ui/experiments/demo\n")
    assert result.stderr == "No browser could be opened here. Open the address yourself.\n"
