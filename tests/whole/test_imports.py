"""A hundred runs that a script logs with plain MLflow are imported in a real lab, and the lab says what mattered."""

import os
from typing import Any

import pytest
from elsewhere import LEVELS, SEEDS, log_hundred_runs
from mlflow.tracking import MlflowClient
from services import RunningStack
from typer.testing import CliRunner

from evenkeel.cli import app

NAME = "elsewhere"
IGNORED = ["--ignore", "host"]


@pytest.fixture(scope="module")
def logged(stack: RunningStack) -> RunningStack:
    log_hundred_runs(MlflowClient(stack.mlflow_url), NAME)
    return stack


def imported(stack: RunningStack, *options: str) -> str:
    done = CliRunner().invoke(app, ["import", "--experiment", NAME, "--url", stack.url, *options], env=dict(os.environ))
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


def test_the_lab_imports_its_mlflow_and_names_the_planted_factor(logged: RunningStack) -> None:
    told = imported(logged, *IGNORED)
    assert "elsewhere: 100 runs imported, 0 existed before. It has 7 cells. Factors: lr, optimizer." in told
    assert "Metrics: val_acc, train_loss." in told
    assert "2 runs" in told
    assert "1 run" in told
    assert "3 runs" in told
    answer = logged.client.effects(experiment=NAME)
    assert answer["answer"].startswith("Final val/acc (2 diverged runs count as 0): lr mattered")
    assert "optimizer mattered" not in answer["answer"]
    cells: list[dict[str, Any]] = list(logged.client.summary(experiment=NAME)["cells"])
    whole = [cell for cell in cells if cell["levels"]["optimizer"] == "adam"]
    assert [cell["levels"]["lr"] for cell in whole] == list(LEVELS)
    assert sum(cell["num_runs"]["total"] for cell in cells) == len(LEVELS) * SEEDS
    assert [cell["divergence"]["diverged"] for cell in whole] == [0, 0, 0, 0, 2]
    assert [round(cell["final"]["mean"], 1) for cell in whole[:3]] == [0.9, 0.8, 0.7]
    assert "elsewhere" in logged.client.report(NAME)["markdown"]


def test_importing_twice_adds_nothing_by_either_way(logged: RunningStack) -> None:
    imported(logged, *IGNORED)
    runs = logged.client.runs(NAME)
    assert "0 runs imported, 100 existed before" in imported(logged)
    assert "0 runs imported, 100 existed before" in imported(logged, "--mlflow", logged.mlflow_url)
    assert logged.client.runs(NAME) == runs
    copies = MlflowClient(logged.mlflow_url)
    experiment = copies.get_experiment_by_name(NAME)
    assert experiment is not None
    assert len(copies.search_runs([experiment.experiment_id], max_results=1000)) == len(LEVELS) * SEEDS


def test_the_command_reads_any_mlflow_and_gives_the_same_answer(logged: RunningStack) -> None:
    imported(logged, *IGNORED)
    assert "100 runs imported" in imported(logged, "--mlflow", logged.mlflow_url, "--into", "read-here", *IGNORED)
    one, other = (logged.client.effects(experiment=name)["answer"] for name in (NAME, "read-here"))
    assert one == other
