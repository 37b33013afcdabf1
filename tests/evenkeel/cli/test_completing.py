"""Completion, asked for as a shell asks for it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client

RUNNER = CliRunner()
SCHEMA = {
    "properties": {
        "lr": {"type": "number", "description": "Learning rate."},
        "batch_size": {"type": "integer"},
        "init": {"$ref": "#/$defs/Init"},
        "nesterov": {"type": "boolean"},
    },
    "$defs": {"Init": {"enum": ["he", "glorot"]}},
}
TASK = {
    "name": "classification",
    "description": "Classifies.",
    "parameters": SCHEMA,
    "metrics": [{"name": "val_loss", "label": "loss"}, {"name": "val_accuracy", "label": "accuracy"}],
    "presets": {"demo": {}, "paper": {}},
}
RUNS = [
    {"id": f"{seed}234567890abcdef", "cell": f"yolo-none-{init}", "seed": seed}
    for seed in (0, 1)
    for init in ("he", "glorot")
]


@pytest.fixture(autouse=True)
def lab(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, Any] = {
        "experiments": lambda self: [{"name": "rates", "num_cells": 2}, {"name": "rest", "num_cells": 1}],
        "runs": lambda self, name: RUNS if name == "rates" else [],
        "tasks": lambda self: [TASK],
    }
    for name, answer in answers.items():
        monkeypatch.setattr(Client, name, answer)


def completed(line: str) -> list[str]:
    """What bash offers for a line that ends where the cursor is."""
    words = line.split(" ")
    shell = {"_EVENKEEL_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    result = RUNNER.invoke(app, [], env=shell, prog_name="evenkeel")
    assert result.exit_code == 0, result.output
    return result.stdout.split("\n")[:-1] if result.stdout.strip() else []


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("evenkeel summ", ["summary"]),
        ("evenkeel summary r", ["rates", "rest"]),
        ("evenkeel summary ra", ["rates"]),
        ("evenkeel watch rat", ["rates"]),
        ("evenkeel compare rates y", ["yolo-none-he", "yolo-none-glorot"]),
        ("evenkeel compare rates yolo-none-he yolo-none-g", ["yolo-none-glorot"]),
        ("evenkeel seeds-needed rates yolo-none-h", ["yolo-none-he"]),
        ("evenkeel runs --run 0", ["02345678"]),
        ("evenkeel cancel --run 1", ["12345678"]),
        ("evenkeel checkpoint 1", ["12345678"]),
        ("evenkeel effects rates --metric val_l", ["val_loss"]),
        ("evenkeel submit --preset p", ["paper"]),
        ("evenkeel tasks c", ["classification"]),
        ("evenkeel summary --where b", ["batch_size="]),
        ("evenkeel summary rates --ba", ["--batch-size"]),
        ("evenkeel summary rates --init ", ["he", "glorot"]),
        ("evenkeel summary --init g", ["glorot"]),
        ("evenkeel summary --nesterov ", ["true", "false"]),
        ("evenkeel summary --lr ", []),
    ],
)
def test_names_are_completed_as_far_as_the_lab_knows_them(line: str, offered: list[str]) -> None:
    assert completed(line) == offered


@pytest.mark.parametrize("line", ["evenkeel summary r", "evenkeel compare rates y", "evenkeel runs --run 0"])
def test_without_an_answer_nothing_is_offered_and_nothing_is_said(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Client, *_: str) -> None:
        raise RuntimeError("no answer")

    for name in ("experiments", "runs"):
        monkeypatch.setattr(Client, name, fails)
    assert completed(line) == []


@pytest.mark.slow
def test_bash_itself_completes_with_the_script_that_the_command_shows(tmp_path: Path) -> None:
    command = Path(sys.executable).parent / "evenkeel"
    (tmp_path / "evenkeel").symlink_to(command)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "EVENKEEL_URL": "http://127.0.0.1:1"}
    code = (
        'eval "$(evenkeel --show-completion bash)"\n'
        'COMP_WORDS=(evenkeel seeds-n); COMP_CWORD=1; _evenkeel_completion evenkeel; echo "${COMPREPLY[@]}"'
    )
    done = subprocess.run(["bash", "-c", code], env=environment, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("seeds-needed\n", "")
