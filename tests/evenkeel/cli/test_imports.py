"""`evenkeel import` reads a source itself, or lets the lab read its own MLflow."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from evenkeel.cli import app
from evenkeel.client import ApiError, Client

RUNNER = CliRunner()
TABLE = "lr,seed,val_acc\n0.1,0,0.5\n0.1,1,0.6\n0.2,0,0.7\n0.2,1,0.7\n0.2,,0.8\n"


class Lab:
    """A lab that notes what is posted to it."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.known: dict[str, Any] | None = None

    def imports(self, name: str) -> dict[str, Any]:
        if self.known is None:
            raise ApiError(404, "there is no experiment", [])
        return self.known

    def answer(self, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        self.bodies.append(body)
        note = {"kind": "no_seed", "what": "seed", "count": 1, "runs": ["x"], "says": "1 run (x): ..."}
        counts = {"created": 3, "completed": 0, "existing": 0, "left_out": 1, "remaining": 0, "after": None}
        about = {"name": "runs", "task": "imported:runs", "num_runs": 3, "num_cells": 2, "began_ms": 77, "url": "/x"}
        return {**counts, **about, "factors": ["lr"], "metrics": ["val_acc"], "notes": [note], **more}


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Lab:
    lab = Lab()
    monkeypatch.setattr(Client, "imports", lambda self, name: lab.imports(name))
    monkeypatch.setattr(Client, "import_runs", lambda self, batch: lab.answer(batch))
    monkeypatch.setattr(Client, "import_mlflow", lambda self, **body: lab.answer(body))
    return lab


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "runs.csv"
    path.write_text(TABLE)
    return path


def test_a_table_is_posted_as_rows(lab: Lab, table: Path) -> None:
    done = RUNNER.invoke(app, ["import", "--table", str(table), "--metric", "val_acc:higher"])
    assert done.exit_code == 0, done.output
    [body] = lab.bodies
    assert (body["into"], body["source"], body["num_runs"], body["began_ms"]) == ("runs", "runs.csv", 4, None)
    assert body["params"] == {"lr": [0.1, 0.2]}
    assert [run["seed"] for run in body["runs"]] == [0, 1, 0, 1, None]
    assert "runs: 3 runs imported, 0 existed before, 1 left out. It has 2 cells." in done.stdout
    assert "Note: 1 run (x): no whole number as a param or tag 'seed'" in " ".join(done.stdout.split())


def test_what_an_experiment_began_with_need_not_be_said_again(lab: Lab, table: Path) -> None:
    choices = {"seed": "seed", "ignore": [], "factors": None, "metrics": [{"name": "val_acc", "better": "higher"}]}
    lab.known = {"choices": choices, "ended": []}
    done = RUNNER.invoke(app, ["import", "--table", str(table), "--into", "mine", "--json"])
    assert done.exit_code == 0, done.output
    assert lab.bodies[0]["choices"] == choices
    assert json.loads(done.stdout)["created"] == 3


def test_the_lab_reads_its_own_mlflow_until_nothing_remains(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = [{"remaining": 50, "after": "r9"}, {"created": 50}]
    monkeypatch.setattr(Client, "import_mlflow", lambda self, **body: lab.answer(body, **parts[len(lab.bodies)]))
    options = ["--experiment", "there", "--seed", "trial", "--ignore", "host, sha", "--metric", "acc:higher"]
    done = RUNNER.invoke(app, ["import", *options, "--filter", "params.a = '1'"])
    assert done.exit_code == 0, done.output
    first, second = lab.bodies
    assert first == {
        "experiment": "there",
        "into": "there",
        "filter": "params.a = '1'",
        "seed": "trial",
        "ignore": ["host", "sha"],
        "factors": None,
        "metrics": [{"name": "acc", "better": "higher"}],
        "began_ms": None,
    }
    assert second == {**first, "after": "r9", "began_ms": 77}
    assert "53 runs imported" in done.stdout


def test_following_is_one_import(lab: Lab, table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", nap)
    done = RUNNER.invoke(app, ["import", "--table", str(table), "--metric", "val_acc:higher", "--follow"])
    assert (done.exit_code, naps) == (130, [60.0] * 3)
    assert [body["began_ms"] for body in lab.bodies] == [None, 77, 77]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "name an experiment of MLflow, or a file with --table"),
        (["--table", "{table}"], "--metric: name at least one column of the table"),
        (["--table", "{table}", "--metric", "acc:higher"], "--metric: the frame has no column 'acc'"),
        (["--table", "{table}", "--metric", "val_acc"], "--metric: 'val_acc': write it as NAME:higher"),
        (
            ["--table", "{table}", "--metric", "val_acc:higher", "--seed", "x"],
            "--seed: no run has a param or a tag 'x'",
        ),
        (["--table", "gone.csv", "--metric", "val_acc:higher"], "gone.csv: No such file or directory"),
        (["--experiment", "a b", "--mlflow", "http://x"], "--into: 'a b' cannot be the name of an experiment here"),
        (["--experiment", "a", "--mlflow", "runs.db"], "--mlflow: 'runs.db' is not the address of a server"),
        (["--experiment", "a", "--mlflow", "http://127.0.0.1:1"], "MLflow does not answer"),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_option(lab: Lab, table: Path, options: list[str], says: str) -> None:
    done = RUNNER.invoke(app, ["import", *(option.format(table=table) for option in options)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith(says)
    assert done.stderr.count("\n") == 1
