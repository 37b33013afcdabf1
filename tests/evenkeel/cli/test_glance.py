"""`evenkeel` alone: where the lab stands, or how to get one."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import ApiError, Client

RUNNER = CliRunner()
STATUS = {"queued": 0, "running": 0, "paused": 0, "finished": 0, "failed": 0, "cancelled": 0}
WORKER = {
    "name": "box-7",
    "device": "cpu",
    "slots": 2,
    "problem": None,
    "warning": None,
    "seen_seconds_ago": 1.0,
    "trains": [{"experiment": "rates"}],
}


def brief(name: str, created_ms: int = 0, paused: bool = False, diverged: int = 0, **status: int) -> dict[str, Any]:
    counts = {"total": sum(status.values()), "status": STATUS | status, "outcome": {"diverged": diverged}}
    return {"name": name, "created_ms": created_ms, "paused": paused, "device": "any", "num_runs": counts}


def glance(monkeypatch: pytest.MonkeyPatch, workers: list[Any], experiments: list[Any], *options: str) -> str:
    monkeypatch.setattr(Client, "workers", lambda self: workers)
    monkeypatch.setattr(Client, "experiments", lambda self: experiments)
    result = RUNNER.invoke(app, list(options), env={"COLUMNS": "80", "EVENKEEL_URL": "http://127.0.0.1:8123"})
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def test_it_shows_workers_experiments_what_needs_attention_and_the_next_commands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    demo = brief("demo", 1, finished=22, failed=2, diverged=3)
    rates = brief("rates", 2, finished=9, running=1, queued=8)
    shown = glance(monkeypatch, [WORKER | {"problem": "the disk is full"}], [demo, rates])
    lines = [" ".join(line.split()) for line in shown.splitlines()]
    assert lines[:2] == ["Page http://127.0.0.1:8123/ui/", "API http://127.0.0.1:8123"]
    assert "1 worker (cpu): 1 of 2 slots busy" in lines
    assert "rates ██████░░░░░░ 9 of 18 done, 1 running" in lines
    assert "demo ████████████ 24 of 24 done, 3 diverged, 2 failed" in lines
    assert lines.index("rates ██████░░░░░░ 9 of 18 done, 1 running") < next(
        place for place, line in enumerate(lines) if line.startswith("demo")
    )
    assert lines.count("box-7: the disk is full") == 1
    assert "demo: 2 runs failed. Why: evenkeel runs demo. Again: evenkeel retry demo" in lines
    assert "evenkeel watch rates follow it" in lines
    assert lines[-1] == "evenkeel --help all commands"
    assert max(map(len, shown.splitlines())) <= 80


def test_a_paused_experiment_needs_attention_and_is_not_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = brief("waiting", paused=True, queued=0)
    waiting["num_runs"]["status"]["paused"] = 4
    shown = glance(monkeypatch, [WORKER], [waiting])
    assert "waiting is paused. To go on: evenkeel resume waiting" in shown
    assert "evenkeel watch" not in shown


def test_a_new_lab_is_told_how_to_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = glance(monkeypatch, [], [])
    assert "No worker was seen lately. Start one: python -m trainer" in shown
    assert "evenkeel submit --preset demo" in shown


def test_many_experiments_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = glance(monkeypatch, [WORKER], [brief(f"e{place}", place, finished=1) for place in range(13)])
    assert "e12 " in shown
    assert "e2 " not in shown
    assert "and 3 more: evenkeel experiments" in shown


def test_without_a_lab_it_says_how_to_start_one_and_is_no_failure() -> None:
    result = RUNNER.invoke(app, [], env={"EVENKEEL_URL": "http://127.0.0.1:1"})
    assert result.exit_code == 0
    assert result.stdout.startswith("No lab answers at http://127.0.0.1:1.\n")
    assert "evenkeel up" in result.stdout


def test_a_lab_with_keys_asks_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Client) -> None:
        raise ApiError(401, "no key", [])

    monkeypatch.setattr(Client, "workers", refuse)
    result = RUNNER.invoke(app, [], env={"EVENKEEL_URL": "http://127.0.0.1:8123"})
    assert result.exit_code == 0
    assert "asks for a key" in result.stdout
    assert "EVENKEEL_API_KEY" in result.stdout


def test_a_program_gets_it_as_json_with_or_without_a_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    away = json.loads(RUNNER.invoke(app, ["--json"], env={"EVENKEEL_URL": "http://127.0.0.1:1"}).stdout)
    assert (away["says"], away["workers"]) == ("No lab answers at http://127.0.0.1:1.", [])
    found = json.loads(glance(monkeypatch, [WORKER], [brief("demo", failed=1)], "--json"))
    assert (found["says"], found["experiments"][0]["name"], len(found["attention"])) == (None, "demo", 1)
    misplaced = RUNNER.invoke(app, ["--json", "experiments"])
    assert (misplaced.exit_code, misplaced.stderr) == (
        1,
        "--json belongs after the command: evenkeel experiments --json\n",
    )
