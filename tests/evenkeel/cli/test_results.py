"""What the commands about results say about themselves."""

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client

RUNNER = CliRunner()


def test_the_help_of_figures_holds_of_every_task() -> None:
    output = RUNNER.invoke(app, ["figure", "--help"], env={"COLUMNS": "200"}).output
    said = " ".join(output.split())
    assert "the share of runs that diverged, by one or two factors" in said
    assert "the factor along x. By default the one that the task names." in said


def test_effects_without_a_row_are_sentences_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = {
        "metric": "m",
        "level": 0.05,
        "responses": {"final": {"terms": []}},
        "notes": ["Wait."],
        "answer": "None.",
    }
    monkeypatch.setattr(Client, "effects", lambda self, **query: nothing)
    assert RUNNER.invoke(app, ["effects", "demo"]).output == "Note: Wait.\nNone.\n"
