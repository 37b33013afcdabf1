"""kill -9 and outages on a private stack: the experiment completes, and nothing is recorded twice."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from services import RunningStack, grid, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    data = tmp_path_factory.mktemp("fragile") / "data"
    running = RunningStack(data, EVENKEEL_LEASE_SECONDS="4", EVENKEEL_HEARTBEAT_SECONDS="1")
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def patient_reader(fragile: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that has just been replaced may drop a connection, so what reads it here asks again.

    The stack does not see this: it is up already, and its own rule is to ask MLflow once and try again later.
    """
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "5")


def start(stack: RunningStack, name: str, epochs: int = 12) -> None:
    """Post two cells and two seeds, and wait until some epochs are in the store."""
    spec = grid(name, grid={"arch": ["yolo", "resnet"], "norm": ["none"], "init": ["he"]}, seeds=2)
    spec["train"]["epochs"] = epochs
    stack.client.submit(spec)
    wait_for(lambda: stack.client.experiment(name)["epochs_done"] >= 3, 60, "a few epochs")


def assert_whole_in_mlflow(stack: RunningStack, name: str) -> None:
    """MLflow has every run once, with each epoch of its last attempt once, and all runs have ended."""
    client = MlflowClient(stack.mlflow_url)
    runs = stack.client.runs(name)

    def complete() -> bool:
        try:
            experiment = client.get_experiment_by_name(name)
        except MlflowException:
            return False  # it may be starting again
        if experiment is None:
            return False
        found = client.search_runs([experiment.experiment_id], "attributes.status = 'FINISHED'")
        return len([run for run in found if "evenkeel.run_id" in run.data.tags]) == len(runs)

    wait_for(complete, 180, "all runs in MLflow")
    found = client.search_runs([client.get_experiment_by_name(name).experiment_id])
    seeds = [run for run in found if "evenkeel.run_id" in run.data.tags]
    assert sorted(run.data.tags["evenkeel.run_id"] for run in seeds) == sorted(run["id"] for run in runs)
    for run in seeds:
        detail = stack.client.run(run.data.tags["evenkeel.run_id"])
        history = client.get_metric_history(run.info.run_id, "train_loss")
        stored = [(row["epoch"], row["train_loss"]) for row in detail["history"]]
        assert sorted((point.step, point.value) for point in history) == stored
        assert len(stored) == detail["epochs"]


def test_a_killed_worker_is_replaced_and_its_runs_complete(fragile: RunningStack) -> None:
    start(fragile, "worker-dies")
    children = fragile.pids("trainer.child")
    fragile.kill("-m trainer")
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children), 10, "orphans gone")
    detail = fragile.finish("worker-dies")
    assert detail["num_runs"]["status"]["finished"] == 4
    assert max(run["attempt"] for run in fragile.client.runs("worker-dies")) == 2
    assert_whole_in_mlflow(fragile, "worker-dies")


def test_a_worker_asked_to_end_gives_its_runs_back_unharmed(fragile: RunningStack) -> None:
    start(fragile, "worker-leaves")
    fragile.kill("-m trainer", signal.SIGTERM)
    detail = fragile.finish("worker-leaves")
    assert detail["num_runs"]["status"]["finished"] == 4
    runs = [fragile.client.run(run["id"]) for run in fragile.client.runs("worker-leaves")]
    assert max(run["attempt"] for run in runs) == 2
    assert {run["crashes"] for run in runs} == {0}
    assert_whole_in_mlflow(fragile, "worker-leaves")


def test_a_killed_training_process_costs_one_attempt(fragile: RunningStack) -> None:
    start(fragile, "child-dies")
    fragile.kill("trainer.child")
    detail = fragile.finish("child-dies")
    assert detail["num_runs"]["status"]["finished"] == 4
    assert_whole_in_mlflow(fragile, "child-dies")


def test_a_killed_api_stops_no_training(fragile: RunningStack) -> None:
    start(fragile, "api-dies")
    command = [Path(sys.executable).parent / "evenkeel", "watch", "api-dies", "--url", fragile.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert "4 runs done" in watching.stdout.readline()
        fragile.kill("-m api")
        said, _ = watching.communicate(timeout=120)
    assert watching.returncode == 0
    assert "4 of 4 runs done" in said
    assert "api ended" in fragile.log
    detail = fragile.client.experiment("api-dies")
    assert detail["num_runs"]["status"]["finished"] == 4
    assert {run["attempt"] for run in fragile.client.runs("api-dies")} == {1}
    assert_whole_in_mlflow(fragile, "api-dies")


def test_an_mlflow_outage_stops_no_training_and_loses_nothing(fragile: RunningStack) -> None:
    start(fragile, "mlflow-dies")
    frozen = fragile.pids("mlflow")
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    try:
        detail = fragile.finish("mlflow-dies")
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGKILL)
    assert detail["num_runs"]["status"]["finished"] == 4
    assert_whole_in_mlflow(fragile, "mlflow-dies")


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's parent-death signal is Linux'")
def test_everything_dies_with_the_stack_even_on_kill_9(tmp_path: Path) -> None:
    doomed = RunningStack(tmp_path / "data")
    family = doomed.pids()
    assert len(family) >= 4
    os.kill(doomed.process.pid, signal.SIGKILL)
    doomed.process.wait(5)
    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), 40, "nothing left running")
