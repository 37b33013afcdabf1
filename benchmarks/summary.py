"""GET /summary over 1,000, 10,000 and 100,000 runs of 50 epochs, against reading the same curves from MLflow.

python -m benchmarks.summary [--runs 1000 10000 100000] [--rounds 5] [--mlflow-runs 100]

Every side answers over HTTP on SQLite: our API in a process of its own, started anew for each cold reading, and an
MLflow server that holds `--mlflow-runs` of the runs (its times are multiplied up to 1,000, in which both ways are
linear). The naive way is the client's: search_runs, then get_metric_history for each run. The bulk way is the endpoint
behind MLflow's own charts, 100 runs a call. Interleaved, medians. Both are checked to come to our numbers.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"

import httpx
import numpy as np
from mlflow.entities import Metric
from mlflow.tracking import MlflowClient
from rich.progress import track

from api.client import Client
from lab.cell import Cell
from lab.local import free_ports
from lab.store import Store
from lab.store.curves import PACKED, pack

EPOCHS, SEEDS, CELLS = 50, 10, 100
PER_EXPERIMENT = SEEDS * CELLS
METRIC = "train_accuracy"
FACTOR = "warm, by a factor"
LRS = [round(1e-4 * 1.5**k, 7) for k in range(10)]
NETWORKS = [*product(("yolo", "resnet"), ("batch", "none", "group", "layer"), ("he",)), ("yolo", "none", "glorot")]
NETWORKS.append(("resnet", "none", "glorot"))
BY_EXPERIMENT: dict[str, Any] = {"experiment": "experiment-0"}
BY_FACTOR: dict[str, Any] = {"weight_decay": 0.0}


def cells_of(experiment: int) -> list[Cell]:
    """100 cells; the weight decay tells the experiments apart, so that a filter on it finds one's runs among all."""
    return [
        Cell.model_validate(
            {"arch": a, "norm": n, "init": i, "lr": lr, "epochs": EPOCHS, "weight_decay": experiment * 1e-5}
        )
        for a, n, i in NETWORKS
        for lr in LRS
    ]


def curves_of(rng: np.random.Generator) -> dict[str, Any]:
    rise = 1 - np.exp(-np.arange(1, EPOCHS + 1) / rng.uniform(3, 20))
    values = {name: rise * rng.uniform(0.5, 1) + rng.normal(0, 0.01, EPOCHS) for name in PACKED}
    return values | {"epoch_seconds": np.full(EPOCHS, 1.0)}


def fill(path: Path, num_runs: int) -> None:
    """As workers would have left it: cells, finished runs, a row for each epoch, packed curves."""
    store = Store(f"sqlite:///{path}")
    store.migrate()
    rng = np.random.default_rng(0)
    columns = ", ".join(PACKED)
    marks = ", ".join("?" * (4 + len(PACKED)))
    insert = f"INSERT INTO epochs (run_id, attempt, epoch, logged_ms, {columns}) VALUES ({marks})"  # noqa: S608
    for experiment in track(range(num_runs // PER_EXPERIMENT), description=f"filling {num_runs:,} runs"):
        name = f"experiment-{experiment}"
        store.ensure_runs(name, cells_of(experiment), range(SEEDS))
        ids = [run.id for run in store.runs(name)]
        curves = [curves_of(rng) for _ in ids]
        connection = store.engine.raw_connection()
        cursor = connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        for run_id, values in zip(ids, curves, strict=True):
            rows = np.array([values[name] for name in PACKED]).T.tolist()
            cursor.executemany(insert, [(run_id, 1, epoch, 0, *row) for epoch, row in enumerate(rows, 1)])
            cursor.execute("INSERT INTO curves VALUES (?, ?, ?)", (run_id, ",".join(PACKED), pack(values)))
            cursor.execute(
                "UPDATE runs SET status = 'finished', outcome = 'converged', attempt = 1, num_epochs = ?, version = 60,"
                " mirrored_version = 60, ended_ms = 1 WHERE id = ?",
                (EPOCHS, run_id),
            )
        cursor.execute("COMMIT")
        connection.close()
    store.close()


class Server:
    """A child process that answers over HTTP."""

    def __init__(self, command: list[str], url: str, path: str, **settings: str) -> None:
        self.url = url
        self.process = subprocess.Popen(
            [sys.executable, "-m", *command],
            env=os.environ | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        while True:
            try:
                httpx.get(url + path, timeout=5)
                return
            except httpx.HTTPError:
                time.sleep(0.1)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(30)


def start_api(path: Path) -> Server:
    [port] = free_ports([0])
    command = ["uvicorn", "api.app:create_app", "--factory", "--port", str(port), "--log-level", "warning"]
    return Server(command, f"http://127.0.0.1:{port}", "/healthz", EVENKEEL_DATABASE_URL=f"sqlite:///{path}")


def start_mlflow(folder: Path) -> Server:
    [port] = free_ports([0])
    command = ["mlflow", "server", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder)]
    return Server(command, f"http://127.0.0.1:{port}", "/health", MLFLOW_SERVER_ENABLE_JOB_EXECUTION="false")


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    started = time.perf_counter()
    result = action()
    return time.perf_counter() - started, result


def copy_to_mlflow(client: MlflowClient, summary: dict[str, Any], num_runs: int) -> str:
    """The first runs of a summary; the experiment's id."""
    experiment = client.create_experiment("benchmark")
    runs = [(cell["cell"], curve) for cell in summary["cells"] for curve in cell["curves"]][:num_runs]
    for cell, curve in track(runs, description="copying to MLflow"):
        run_id = client.create_run(experiment, tags={"cell": cell}).info.run_id
        client.log_batch(run_id, [Metric(METRIC, value, 0, step) for step, value in enumerate(curve["values"], 1)])
        client.set_terminated(run_id)
    return experiment


def means(values: dict[str, list[list[float]]]) -> dict[str, np.ndarray[Any, Any]]:
    return {cell: np.mean(curves, axis=0) for cell, curves in values.items()}


def naive(client: MlflowClient, experiment: str) -> dict[str, np.ndarray[Any, Any]]:
    found: dict[str, list[list[float]]] = {}
    for run in client.search_runs([experiment], max_results=1000):
        history = client.get_metric_history(run.info.run_id, METRIC)
        curve = [metric.value for metric in sorted(history, key=lambda metric: metric.step)]
        found.setdefault(run.data.tags["cell"], []).append(curve)
    return means(found)


def bulk(client: MlflowClient, experiment: str, url: str) -> dict[str, np.ndarray[Any, Any]]:
    cell_of = {run.info.run_id: run.data.tags["cell"] for run in client.search_runs([experiment], max_results=1000)}
    ids, curves = list(cell_of), {}
    for start in range(0, len(ids), 100):
        query = {"run_id": ids[start : start + 100], "metric_key": METRIC, "max_results": 25_000}
        answer = httpx.get(f"{url}/ajax-api/2.0/mlflow/metrics/get-history-bulk", params=query, timeout=60).json()
        for row in sorted(answer["metrics"], key=lambda row: row["step"]):
            curves.setdefault(row["run_id"], []).append(row["value"])
    found: dict[str, list[list[float]]] = {}
    for run_id, curve in curves.items():
        found.setdefault(cell_of[run_id], []).append(curve)
    return means(found)


def measure_ours(path: Path, rounds: int) -> dict[str, float]:
    """Median seconds: cold (the first question to a new process) and warm, by experiment and by factor."""
    seconds: dict[str, list[float]] = {"cold": [], "warm": [], FACTOR: []}
    for _ in range(rounds):
        server = start_api(path)
        with httpx.Client(base_url=server.url, timeout=60) as http:
            http.get("/experiments/none")
            for name, query in (("cold", BY_EXPERIMENT), ("warm", BY_EXPERIMENT), ("", BY_FACTOR), (FACTOR, BY_FACTOR)):
                took, answer = timed(partial(http.get, "/summary", params=query))
                if name:
                    seconds[name].append(took)
                assert sum(cell["num_runs"]["total"] for cell in answer.json()["cells"]) == PER_EXPERIMENT
        server.stop()
    return {name: statistics.median(times) for name, times in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--mlflow-runs", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(
            f"{len(os.sched_getaffinity(0))} cores, median of {options.rounds}, {PER_EXPERIMENT:,} runs in each answer"
        )
        for num_runs in options.runs:
            fill(folder / f"{num_runs}.db", num_runs)
        for num_runs in options.runs:
            times = measure_ours(folder / f"{num_runs}.db", options.rounds)
            shown = ", ".join(f"{name} {took * 1000:.0f} ms" for name, took in times.items())
            print(f"{num_runs:>8,} runs in the store: {shown}", flush=True)
        against_mlflow(folder, folder / f"{options.runs[0]}.db", options.rounds, options.mlflow_runs)


def against_mlflow(folder: Path, path: Path, rounds: int, mlflow_runs: int) -> None:
    api, mlflow = start_api(path), start_mlflow(folder)
    client = MlflowClient(mlflow.url)
    try:
        with Client(api.url) as evenkeel:

            def ours() -> dict[str, Any]:
                return evenkeel.summary(**BY_EXPERIMENT)

            experiment = copy_to_mlflow(client, ours(), mlflow_runs)
            seconds: dict[str, list[float]] = {"ours": [], "naive": [], "bulk": []}
            for _ in range(rounds):
                for side, ask in (
                    ("ours", ours),
                    ("naive", lambda: naive(client, experiment)),
                    ("bulk", lambda: bulk(client, experiment, mlflow.url)),
                ):
                    took, found = timed(ask)
                    seconds[side].append(took)
                    if side == "ours":
                        mine = {cell["cell"]: np.array(cell["bands"]["survivors"]["mean"]) for cell in found["cells"]}
                    else:
                        assert found
                        for cell, mean in found.items():
                            np.testing.assert_allclose(mean, mine[cell], rtol=1e-12)
    finally:
        api.stop()
        mlflow.stop()
    factor = PER_EXPERIMENT / mlflow_runs
    took = {side: statistics.median(times) for side, times in seconds.items()}
    print(f"for {PER_EXPERIMENT:,} runs, the same means to 1e-12 (MLflow: {mlflow_runs} runs' time, x {factor:g}):")
    print(f"  ours, our client, warm{took['ours'] * 1000:8.0f} ms")
    for side in ("naive", "bulk"):
        times = took[side] * factor
        print(f"  MLflow, {side:<13} {times * 1000:8.0f} ms   {times / took['ours']:.0f} x ours")


if __name__ == "__main__":
    main()
