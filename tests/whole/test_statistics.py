"""The statistics of runs that were really trained, as the API and MLflow show them."""

from typing import Any

import numpy as np
import pytest
from mlflow.entities import Run
from mlflow.tracking import MlflowClient
from services import RunningStack, grid, wait_for


def parents(stack: RunningStack, name: str) -> list[Run]:
    client = MlflowClient(stack.mlflow_url)
    experiment = client.get_experiment_by_name(name)
    return list(client.search_runs([experiment.experiment_id], "tags.`evenkeel.parent_of` != ''")) if experiment else []


def parent_of(stack: RunningStack, name: str, num_runs: int) -> Run:
    """The parent run of the only cell, once it has the statistics of so many runs and has ended."""

    def found() -> Run | None:
        runs = parents(stack, name)
        ready = [run for run in runs if run.data.tags.get("evenkeel.statistics_of", "").startswith(f"{num_runs} runs")]
        return ready[0] if ready and len(runs) == 1 and ready[0].info.status == "FINISHED" else None

    run: Run = wait_for(found, 180, f"statistics of {num_runs} runs in MLflow")
    return run


@pytest.fixture(scope="module")
def cell(stack: RunningStack) -> dict[str, Any]:
    """A cell that was trained with three seeds."""
    stack.client.submit(grid("statistics", seeds=3))
    stack.finish("statistics")
    [found] = stack.client.summary(experiment="statistics", metric="val_accuracy")["cells"]
    return dict(found)


def test_the_parent_of_a_cell_has_its_band_as_metrics_and_its_figures(
    stack: RunningStack, cell: dict[str, Any]
) -> None:
    client, parent = MlflowClient(stack.mlflow_url), parent_of(stack, "statistics", 3)
    band = cell["bands"]["survivors"]
    for metric, column in (
        ("val_accuracy_mean", "mean"),
        ("val_accuracy_min", "min"),
        ("val_accuracy_max", "max"),
        ("survivors", "n"),
    ):
        history = client.get_metric_history(parent.info.run_id, metric)
        assert [(point.step, point.value) for point in history] == list(enumerate(band[column], 1))
    figures = {artifact.path for artifact in client.list_artifacts(parent.info.run_id, "figures")}
    assert figures == {"figures/train_accuracy.png", "figures/val_accuracy.png"}
    assert parent.info.status == "FINISHED"


def test_the_variance_is_split_by_what_each_run_really_had_right(stack: RunningStack, cell: dict[str, Any]) -> None:
    ends = [curve["values"][-1] for curve in cell["curves"]]
    noise = cell["noise"]
    assert noise["num_runs"] == 3
    assert noise["observed"] == pytest.approx(np.var(ends, ddof=1))
    assert noise["distribution"] + noise["test_set"] == pytest.approx(noise["observed"])
    assert all(
        (end * noise["num_examples"]) == pytest.approx(round(end * noise["num_examples"]), abs=1e-6) for end in ends
    )


def test_more_seeds_give_a_new_parent_in_the_place_of_the_old(stack: RunningStack, cell: dict[str, Any]) -> None:
    client, before = MlflowClient(stack.mlflow_url), parent_of(stack, "statistics", 3)
    stack.client.submit(grid("statistics", seeds=4))
    stack.finish("statistics")
    after = parent_of(stack, "statistics", 4)
    assert client.get_run(before.info.run_id).info.lifecycle_stage == "deleted"
    assert [point.value for point in client.get_metric_history(after.info.run_id, "survivors")] == [4, 4]

    def all_seeds() -> list[Run]:
        found = list(client.search_runs([after.info.experiment_id], "tags.`evenkeel.run_id` != ''"))
        return found if len(found) == 4 else []

    # The mirror may write the statistics of a cell while one of its runs still waits to be copied.
    seeds = wait_for(all_seeds, 180, "the runs of all four seeds in MLflow")
    assert {run.data.tags["mlflow.parentRunId"] for run in seeds} == {after.info.run_id}


def test_the_questions_are_answered_over_what_was_trained(stack: RunningStack, cell: dict[str, Any]) -> None:
    stack.client.submit(grid("questions", grid={"arch": ["yolo"], "norm": ["none", "batch"], "init": ["he"]}, seeds=2))
    stack.finish("questions")
    effects = stack.client.effects(experiment="questions")
    assert effects["factors"] == {"norm": ["batch", "none"]}
    assert "norm" in effects["answer"]
    [comparison] = stack.client.compare("yolo-none-he", experiment="questions")["comparisons"]
    assert comparison["improvement"]["smallest_p"] == pytest.approx(1 / 3)
    needed = stack.client.seeds_needed("yolo-none-he", 0.05, experiment="questions")
    assert needed["n_now"] == 2
    assert stack.client.figure("pdf", "effects", experiment="questions").startswith(b"%PDF")
    assert stack.client.table("/summary", "parquet", table="runs", experiment="questions").startswith(b"PAR1")
