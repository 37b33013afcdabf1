"""Post, train, track and summarise on the real stack."""

from typing import Any

import httpx
import pytest
from mlflow.tracking import MlflowClient
from services import RunningStack, grid, wait_for

from evenkeel.client import ApiError
from models.task import METRICS

GRID = {"arch": ["yolo", "resnet"], "norm": ["batch"], "init": ["he", "glorot"]}


@pytest.fixture(scope="module")
def done(stack: RunningStack) -> dict[str, Any]:
    """An experiment of four cells and two seeds, trained and mirrored."""
    stack.client.submit(grid("main", grid=GRID, seeds=2))
    detail = stack.finish("main")
    mirrored(stack, "main", 8)
    return detail


def mirrored(stack: RunningStack, name: str, wanted: int) -> list[Any]:
    """The runs of the seeds in MLflow, once `wanted` of them and their cells' parent runs have ended there."""
    from services import wait_for

    client = MlflowClient(stack.mlflow_url)

    def all_there() -> list[Any] | None:
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            return None
        runs = list(client.search_runs([experiment.experiment_id]))
        seeds = [run for run in runs if "evenkeel.run_id" in run.data.tags]
        done = all(run.info.status == "FINISHED" for run in runs)
        return seeds if done and len(seeds) >= wanted else None

    found: list[Any] = wait_for(all_there, 180, f"{wanted} runs in MLflow")
    return found


def test_every_cell_is_trained_once_per_seed(stack: RunningStack, done: dict[str, Any]) -> None:
    assert done["num_runs"]["status"]["finished"] == done["num_runs"]["total"] == 8
    runs = stack.client.runs("main")
    assert len({(run["cell"], run["seed"]) for run in runs}) == 8
    assert {run["attempt"] for run in runs} == {1}


def test_the_summary_groups_by_everything_but_the_seed(stack: RunningStack, done: dict[str, Any]) -> None:
    summary = stack.client.summary(experiment="main", arch="yolo")
    assert [cell["cell"].rpartition("-")[0] for cell in summary["cells"]] == ["yolo-batch-he", "yolo-batch-glorot"]
    for cell in summary["cells"]:
        assert cell["seeds"] == [0, 1]
        assert cell["bands"]["survivors"]["n"] == [2, 2]
        low, high = sorted(curve["values"][-1] for curve in cell["curves"])
        assert cell["final"]["min"] == low
        assert cell["final"]["max"] == high
        assert cell["final"]["mean"] == pytest.approx((low + high) / 2)


def test_the_summary_says_what_each_run_says(stack: RunningStack, done: dict[str, Any]) -> None:
    [cell] = stack.client.summary(experiment="main", arch="resnet", init="he", metric="val_loss")["cells"]
    for run in stack.client.runs("main"):
        if run["cell"] == cell["cell"]:
            history = stack.client.run(run["id"])["history"]
            [curve] = [curve for curve in cell["curves"] if curve["seed"] == run["seed"]]
            assert curve["values"] == [row["val_loss"] for row in history]


def test_mlflow_holds_a_parent_per_cell_with_its_seeds_below(stack: RunningStack, done: dict[str, Any]) -> None:
    client = MlflowClient(stack.mlflow_url)
    experiment = client.get_experiment_by_name("main")
    runs = client.search_runs([experiment.experiment_id])
    parents = {run.info.run_id: run for run in runs if "evenkeel.parent_of" in run.data.tags}
    seeds = [run for run in runs if run.info.run_id not in parents]
    names = {cell["cell"] for cell in stack.client.summary(experiment="main")["cells"]}
    assert {run.info.run_name for run in parents.values()} == names
    assert {run.info.run_name for run in seeds} == {f"seed{seed}-{name}" for seed in (0, 1) for name in names}
    assert {run.info.status for run in parents.values()} == {"FINISHED"}
    assert len(seeds) == 8
    assert {run.data.tags["mlflow.parentRunId"] for run in seeds} == set(parents)


def test_mlflow_holds_the_params_tags_and_metrics_that_the_store_holds(
    stack: RunningStack, done: dict[str, Any]
) -> None:
    client = MlflowClient(stack.mlflow_url)
    run = stack.client.run(stack.client.runs("main")[0]["id"])
    found = client.get_run(run["mlflow_run_id"])
    params = run["spec"] | {"dataset_hash": run["dataset_hash"]}
    assert found.data.params == {name: str(value) for name, value in params.items()}
    tags = found.data.tags
    assert tags["evenkeel.experiment"] == "main"
    assert (tags["evenkeel.seed"], tags["evenkeel.attempt"]) == (str(run["seed"]), "1")
    assert (tags["evenkeel.cell"], tags["evenkeel.code_version"]) == (run["cell"], run["code_version"])
    for metric in (*(metric.name for metric in METRICS), "epoch_seconds"):
        history = client.get_metric_history(run["mlflow_run_id"], metric)
        assert [(point.step, point.value) for point in sorted(history, key=lambda point: point.step)] == [
            (row["epoch"], row[metric]) for row in run["history"] if row[metric] is not None
        ]


def test_posting_more_seeds_trains_only_those(stack: RunningStack) -> None:
    first = stack.client.submit(grid("grows"))
    assert (first["created"], first["existing"]) == (1, 0)
    stack.finish("grows")
    more = stack.client.submit(grid("grows", seeds=[0, 5]))
    assert (more["created"], more["existing"]) == (1, 1)
    stack.finish("grows")
    assert [run["attempt"] for run in stack.client.runs("grows")] == [1, 1]


def test_a_run_that_diverges_is_finished_counted_and_not_averaged(stack: RunningStack) -> None:
    spec = grid("diverges")
    spec["train"] |= {"lr": 1e6, "epochs": 3}
    stack.client.submit(spec)
    detail = stack.finish("diverges")
    assert detail["num_runs"]["outcome"] == {"converged": 0, "collapsed": 0, "diverged": 1}
    [run] = stack.client.runs("diverges")
    assert run["status"] == "finished"
    assert 1 <= run["diverged_epoch"] <= 3
    [cell] = stack.client.summary(experiment="diverges")["cells"]
    assert cell["final"]["n"] == 0
    assert cell["num_runs"]["outcome"]["diverged"] == 1
    figure = stack.client.figure(experiment="diverges")
    assert b"1 diverged" in figure or b"<svg" in figure


def test_cancelling_stops_what_runs_and_retrying_takes_it_up_again(stack: RunningStack) -> None:
    spec = grid("cancels", seeds=6)
    spec["train"] |= {"epochs": 400}
    stack.client.submit(spec)
    answer = stack.client.cancel("cancels")
    assert answer["cancelled"] + answer["stopping"] == 6
    detail = stack.finish("cancels", 30)
    assert detail["num_runs"]["status"]["cancelled"] == 6
    assert stack.client.retry("cancels")["queued"] == 6
    stack.client.cancel("cancels")
    stack.finish("cancels", 30)


def test_the_figure_is_drawn_in_both_forms(stack: RunningStack, done: dict[str, Any]) -> None:
    assert stack.client.figure("svg", experiment="main").startswith(b"<?xml")
    assert stack.client.figure("png", experiment="main").startswith(b"\x89PNG")


def test_readiness_names_every_part(stack: RunningStack) -> None:
    def ready() -> Any:
        answer = httpx.get(f"{stack.url}/readyz").json()
        return answer if answer["ready"] else None

    # The test before this one cancels runs that train, so the slots may still be starting new processes.
    answer = wait_for(ready, 60, "a slot that can take a run")
    assert set(answer["checks"]) == {"store", "broker", "mlflow", "workers"}


def test_what_is_not_there_is_404_and_says_what_is(stack: RunningStack, done: dict[str, Any]) -> None:
    with pytest.raises(ApiError, match="main") as refused:
        stack.client.experiment("nothing")
    assert refused.value.status == 404
