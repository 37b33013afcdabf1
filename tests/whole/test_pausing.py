"""What a person does to an experiment, on a running lab: pause it, let it go on, cancel one run of it, delete it."""

from typing import Any

import pytest
from mlflow.tracking import MlflowClient
from services import RunningStack, grid, wait_for

from evenkeel.client import ApiError


def statuses(stack: RunningStack, name: str) -> dict[str, int]:
    counts: dict[str, int] = stack.client.experiment(name)["num_runs"]["status"]
    return {status: n for status, n in counts.items() if n}


def epochs_of(run: dict[str, Any]) -> list[int]:
    return [epoch["epoch"] for epoch in run["history"]]


def test_a_paused_experiment_goes_on_from_its_checkpoints_and_a_deleted_one_is_in_mlflows_trash(
    stack: RunningStack,
) -> None:
    name, client = "rested", stack.client
    client.submit(grid(name, seeds=3, train={"image_size": 16, "width": 0.125, "epochs": 12}))
    running = wait_for(
        lambda: [run for run in client.runs(name) if run["status"] == "running" and run["num_epochs"] >= 1],
        120,
        "a run that trains",
    )
    client.pause(name)
    wait_for(lambda: "running" not in statuses(stack, name), 60, "a pause")
    assert set(statuses(stack, name)) <= {"paused", "finished"}
    stopped = [run for run in client.runs(name) if run["status"] == "paused" and run["num_epochs"]]
    assert stopped != []
    assert client.submit(grid(name, seeds=4, train={"image_size": 16, "width": 0.125, "epochs": 12}))["waits_for"]
    victim = next(run["id"] for run in client.runs(name) if not run["num_epochs"])
    assert client.cancel_run(victim)["status"] == "cancelled"
    client.resume(name)
    stack.finish(name)
    assert statuses(stack, name) == {"finished": 3, "cancelled": 1}
    for run_id in {run["id"] for run in (*running, *stopped)}:
        run = client.run(run_id)
        assert epochs_of(run) == list(range(1, 13))
    again = client.run(stopped[0]["id"])
    assert [attempt["ending"] for attempt in again["attempts"]] == ["paused", "finished"]
    assert again["attempts"][1]["from_epoch"] + again["attempts"][1]["from_step"] > 0
    assert client.retry_run(victim)["status"] == "queued"
    stack.finish(name)
    copy = wait_for(lambda: client.experiment(name)["mlflow_url"], 60, "the copy in MLflow").removesuffix("/runs")
    with pytest.raises(ApiError, match="cannot be cancelled"):
        client.cancel_run(victim)
    client.delete(name)
    assert name not in [brief["name"] for brief in client.experiments()]
    mlflow = MlflowClient(stack.mlflow_url)
    trashed = copy.rpartition("/")[2]
    wait_for(lambda: mlflow.get_experiment(trashed).lifecycle_stage == "deleted", 60, "MLflow's trash")
