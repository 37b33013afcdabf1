"""Reads the same curves from MLflow in two ways: run by run, as its client does, and by the endpoint of its own
charts."""

from typing import Any

import httpx
import numpy as np
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient
from rich.progress import track

METRIC = "train_accuracy"

Means = dict[str, np.ndarray[Any, Any]]


def copy_to_mlflow(client: MlflowClient, summary: dict[str, Any], num_runs: int) -> str:
    """Copy the first `num_runs` runs of a summary to MLflow. Returns the id of the experiment there."""
    experiment = client.create_experiment("benchmark")
    runs = [(cell["cell"], curve) for cell in summary["cells"] for curve in cell["curves"]][:num_runs]
    for cell, curve in track(runs, description="copying to MLflow"):
        run_id = client.create_run(experiment, tags={"cell": cell}).info.run_id
        client.log_batch(run_id, [Metric(METRIC, value, 0, step) for step, value in enumerate(curve["values"], 1)])
        client.set_terminated(run_id)
    return experiment


def means(values: dict[str, list[list[float]]]) -> Means:
    """The mean curve of each cell: cell -> (epochs,)."""
    return {cell: np.mean(curves, axis=0) for cell, curves in values.items()}


def naive(client: MlflowClient, experiment: str) -> Means:
    """The mean curve of each cell, read run by run."""
    found: dict[str, list[list[float]]] = {}
    for run in client.search_runs([experiment], max_results=1000):
        history = client.get_metric_history(run.info.run_id, METRIC)
        curve = [metric.value for metric in sorted(history, key=lambda metric: metric.step)]
        found.setdefault(run.data.tags["cell"], []).append(curve)
    return means(found)


def bulk(client: MlflowClient, experiment: str, url: str) -> Means:
    """The mean curve of each cell, read by the endpoint that MLflow's own charts use, 100 runs a call."""
    cell_of = {run.info.run_id: run.data.tags["cell"] for run in client.search_runs([experiment], max_results=1000)}
    ids = list(cell_of)
    curves: dict[str, list[float]] = {}
    for start in range(0, len(ids), 100):
        query: dict[str, Any] = {"run_id": ids[start : start + 100], "metric_key": METRIC, "max_results": 25_000}
        answer = httpx.get(f"{url}/ajax-api/2.0/mlflow/metrics/get-history-bulk", params=query, timeout=60).json()
        for row in sorted(answer["metrics"], key=lambda row: row["step"]):
            curves.setdefault(row["run_id"], []).append(row["value"])
    found: dict[str, list[list[float]]] = {}
    for run_id, curve in curves.items():
        found.setdefault(cell_of[run_id], []).append(curve)
    return means(found)
