"""`evenkeel runs --run ID` tells what became of every attempt at a run."""

from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import Client

CPU = {"torch": "2.9.0", "device": "cpu", "driver": "", "cpu_capability": "AVX2", "threads": "1", "numpy": "2.3"}

TWO = CPU | {"threads": "2"}


def attempt(number: int, **changes: Any) -> dict[str, Any]:
    plain = {"attempt": number, "worker": "w1", "began_ms": 1000, "ended_ms": 13_000, "from_epoch": 0, "from_step": 0}
    return {**plain, "says": "", "arithmetic": CPU, "ending": "finished", "error": None, **changes}


RUN: dict[str, Any] = {
    "id": "0123abcd" * 4,
    "cell": "yolo-none-he",
    "seed": 3,
    "status": "running",
    "num_epochs": 7,
    "epochs": 50,
    "attempts": [
        attempt(1, ending="died", error="the training process was killed by SIGKILL"),
        attempt(2, worker="w2", from_epoch=5, from_step=40, ending="out_of_memory", error="out of memory: 2 GiB"),
        attempt(
            3,
            says="made with torch 2.8: starts from epoch 1",
            arithmetic=CPU | {"threads": "2"},
            ending=None,
            ended_ms=None,
        ),
    ],
}


def runs(monkeypatch: pytest.MonkeyPatch, run: dict[str, Any]) -> str:
    monkeypatch.setattr(Client, "run", lambda self, run_id: run)
    return CliRunner().invoke(app, ["runs", "--run", "0123abcd"]).output


def test_every_attempt_says_where_it_began_how_it_ended_and_what_it_computed_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The terminal breaks long lines.
    said = " ".join(runs(monkeypatch, RUN).split())
    lines = [
        "0123abcd  yolo-none-he, seed 3: running, 7/50 epochs",
        "attempt 1 on w1: from the start; died after 12 s: the training process was killed by SIGKILL",
        "  computes with torch 2.9.0, device cpu, cpu capability AVX2, 1 thread",
        "attempt 2 on w2: from epoch 5, step 40; out of memory after 12 s: out of memory: 2 GiB",
        "attempt 3 on w1: from the start; goes on",
        "  made with torch 2.8: starts from epoch 1",
        "  computes with torch 2.9.0, device cpu, cpu capability AVX2, 2 threads",
    ]
    assert said == " ".join(" ".join(lines).split())


def test_a_run_that_no_worker_has_taken_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No worker has taken it yet." in runs(monkeypatch, RUN | {"attempts": []})


def test_an_experiment_or_a_run_is_named_not_both() -> None:
    for arguments in (["runs"], ["runs", "exp", "--run", "0123abcd"]):
        found = CliRunner().invoke(app, arguments)
        assert found.exit_code != 0
        assert "name an experiment, or a single run" in found.output
