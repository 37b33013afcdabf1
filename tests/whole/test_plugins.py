"""The package that the pages show, typed word for word into an empty folder, trains on the real stack."""

import os
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import torch
from mlflow.tracking import MlflowClient
from packages import install
from pages import example
from services import RunningStack, grid, wait_for

from evenkeel.packages.repeat import where_differs

pytestmark = pytest.mark.timeout(1200)
PACKAGE = "lab-nets==0.1.0"
CHARS = {"task": "char_lm", "train": {"layers": 1, "epochs": 4}}


@pytest.fixture(scope="module")
def lab(stack: RunningStack, tmp_path_factory: pytest.TempPathFactory) -> RunningStack:
    """The lab, into whose worker the package was installed by pip while it ran. Another package is broken."""
    folder = tmp_path_factory.mktemp("typed")
    for path, text in example().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", str(stack.site), str(folder)], check=True)
    install(stack.site, "bad-nets", {"bad_nets.py": "1 / 0\n"}, {"evenkeel.archs": {"bad": "bad_nets:build"}})
    wait_for(lambda: PACKAGE in worker(stack)["plugins"] and worker(stack)["broken"], 60, "the package is noticed")
    return stack


def worker(stack: RunningStack) -> dict[str, Any]:
    [found] = stack.client.workers()
    return found


@pytest.fixture(scope="module")
def done(lab: RunningStack) -> RunningStack:
    """A network and a language model, trained and compared."""
    levels = {"arch": ["mixer"], "norm": ["batch", "none"], "init": ["he"]}
    lab.client.submit(grid("mixers", grid=levels, seeds=2))
    lab.client.submit({"name": "chars", "grid": {"norm": ["layer", "none"]}, "seeds": 3, **CHARS})
    for name, runs in (("mixers", 4), ("chars", 6)):
        assert lab.finish(name, 600)["num_runs"]["status"]["finished"] == runs
    return lab


def test_a_package_that_is_broken_is_named_and_the_worker_goes_on(lab: RunningStack) -> None:
    [broken] = worker(lab)["broken"]
    assert (broken["group"], broken["name"]) == ("evenkeel.archs", "bad")
    assert broken["why"].startswith("ZeroDivisionError: division by zero")
    assert worker(lab)["problem"] is None


def test_a_network_of_ones_own_is_a_level_like_any_other(done: RunningStack) -> None:
    summary = done.client.summary(experiment="mixers")
    assert [cell["cell"].rpartition("-")[0] for cell in summary["cells"]] == ["mixer-batch-he", "mixer-none-he"]
    for cell in summary["cells"]:
        assert cell["final"]["n"] + cell["divergence"]["diverged"] + cell["divergence"]["collapsed"] == 2
    assert "norm" in done.client.effects(experiment="mixers")["answer"]


def test_a_language_model_of_ones_own_is_a_task_like_any_other(done: RunningStack) -> None:
    summary = done.client.summary(experiment="chars", task="char_lm")
    assert (summary["metric"], [cell["levels"]["norm"] for cell in summary["cells"]]) == ("val_loss", ["layer", "none"])
    for cell in summary["cells"]:
        assert cell["final"]["n"] == 3
        first, *_, last = cell["curves"][0]["values"]
        assert last < first
    assert "norm" in done.client.effects(experiment="chars", task="char_lm")["answer"]
    [run, *_] = done.client.runs("chars")
    history = done.client.run(run["id"])["history"]
    assert [epoch["epoch"] for epoch in history] == [1, 2, 3, 4]
    assert all(epoch["grad_norm_max"] >= epoch["grad_norm_mean"] > epoch["update_ratio"] > 0 for epoch in history)


def test_mlflow_has_the_metrics_of_a_task_of_ones_own(done: RunningStack) -> None:
    client = MlflowClient(done.mlflow_url)
    [run, *_] = done.client.runs("chars")
    mlflow_id = wait_for(lambda: done.client.run(run["id"])["mlflow_run_id"], 60, "mirrored")
    points = wait_for(
        lambda: len(found := client.get_metric_history(mlflow_id, "val_loss")) == 4 and found, 60, "the metric"
    )
    history = done.client.run(run["id"])["history"]
    assert [point.value for point in points] == [epoch["val_loss"] for epoch in history]
    assert client.get_run(mlflow_id).data.params["norm"] in ("layer", "none")


def test_a_run_whose_process_is_killed_ends_with_the_bits_of_its_twin(lab: RunningStack) -> None:
    mixer = grid("", grid={"arch": ["mixer"], "norm": ["batch"], "init": ["he"]})
    asked = {"mixer": mixer, "char": {"grid": {"norm": ["layer"]}, "seeds": 1, **CHARS}}
    for name, spec in asked.items():
        lab.client.submit(spec | {"name": f"{name}-killed", "train": spec["train"] | {"epochs": 20}})
    for name in asked:
        [run] = lab.client.runs(f"{name}-killed")
        wait_for(lambda run=run: lab.client.run(run["id"])["checkpoint"], 120, "a checkpoint")
    for pid in lab.pids("trainer.child"):
        os.kill(pid, 9)
    for name, spec in asked.items():
        lab.client.submit(spec | {"name": f"{name}-twin", "train": spec["train"] | {"epochs": 20}})
    for name in asked:
        killed, twin = result(lab, f"{name}-killed"), result(lab, f"{name}-twin")
        assert (killed["attempt"], twin["attempt"]) == (2, 1)
        assert measured(killed) == measured(twin)
        assert where_differs(state(lab, killed), state(lab, twin), "the state") == ""


def result(lab: RunningStack, experiment: str) -> dict[str, Any]:
    lab.finish(experiment, 600)
    [run] = lab.client.runs(experiment)
    found: dict[str, Any] = lab.client.run(run["id"])
    assert (found["status"], found["outcome"]) == ("finished", "converged")
    return found


def measured(run: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {name: epoch[name] for name in epoch if name not in ("epoch_seconds", "logged_ms")} for epoch in run["history"]
    ]


def state(lab: RunningStack, run: dict[str, Any]) -> dict[str, Any]:
    """The last checkpoint of a run, without what the lab notes in it."""
    with TemporaryDirectory() as folder:
        found: dict[str, Any] = torch.load(lab.client.checkpoint(run["id"], folder), weights_only=True)
    del found["evenkeel"]
    return found
