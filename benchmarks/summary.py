"""How long GET /summary takes with 1,000, 10,000 and 100,000 runs of 50 epochs, compared with reading from MLflow.

python -m benchmarks.summary [--runs 1000 10000 100000] [--rounds 5] [--mlflow-runs 100]

Both sides answer over HTTP on SQLite. Our API runs in a process of its own, which is started again for each cold
reading. An MLflow server holds `--mlflow-runs` of the runs. Its times are multiplied up to 1,000 runs, since both ways
of reading from it take time in proportion to the runs. The naive way is that of its client: search_runs, and then
get_metric_history for each run. The bulk way is the endpoint that MLflow's own charts use, 100 runs a call. The sides
alternate, and the results are medians. The benchmark checks that both ways give our numbers.
"""

import argparse
import os
import statistics
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
from mlflow.tracking import MlflowClient
from rich.progress import track

from benchmarks.filling import EPOCHS, finish_runs
from benchmarks.mlflow_reading import bulk, copy_to_mlflow, naive
from benchmarks.servers import start_api, start_mlflow
from evenkeel.client import Client
from evenkeel.grids.cell import Cell, make_cell
from evenkeel.store import Store
from models.task import CLASSIFICATION

SEEDS, CELLS = 10, 100
PER_EXPERIMENT = SEEDS * CELLS
FACTOR = "warm, by a factor"
LRS = [round(1e-4 * 1.5**k, 7) for k in range(10)]
NETWORKS = [*product(("yolo", "resnet"), ("batch", "none", "group", "layer"), ("he",)), ("yolo", "none", "glorot")]
NETWORKS.append(("resnet", "none", "glorot"))
BY_EXPERIMENT: dict[str, Any] = {"experiment": "experiment-0"}
BY_FACTOR: dict[str, Any] = {"weight_decay": 0.0}


def cells_of(experiment: int) -> list[Cell]:
    """The 100 cells of an experiment. Each experiment has its own weight decay, so a filter on that finds its runs."""
    return [
        make_cell(
            CLASSIFICATION,
            {"arch": a, "norm": n, "init": i, "lr": lr, "epochs": EPOCHS, "weight_decay": experiment * 1e-5},
        )
        for a, n, i in NETWORKS
        for lr in LRS
    ]


def fill(path: Path, num_runs: int) -> None:
    """Fill a store as if workers had trained: with cells, finished runs, a row for each epoch and packed curves."""
    store = Store(f"sqlite:///{path}")
    store.migrate()
    for experiment in track(range(num_runs // PER_EXPERIMENT), description=f"filling {num_runs:,} runs"):
        name = f"experiment-{experiment}"
        store.grids.ensure(name, cells_of(experiment), range(SEEDS))
        finish_runs(store, name, EPOCHS, experiment)
    store.close()


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """(the seconds that an action takes, its result)."""
    started = time.perf_counter()
    result = action()
    return time.perf_counter() - started, result


def measure_ours(path: Path, rounds: int) -> dict[str, float]:
    """The median seconds of GET /summary: cold (the first request to a new process), and warm by experiment and by
    factor."""
    seconds: dict[str, list[float]] = {"cold": [], "warm": [], FACTOR: []}
    for _ in range(rounds):
        server = start_api(f"sqlite:///{path}")
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
    """Print how long our API and both ways of MLflow take for the same curves."""
    api, mlflow = start_api(f"sqlite:///{path}"), start_mlflow(f"sqlite:///{folder}/mlflow.db", folder)
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
    median = {side: statistics.median(times) for side, times in seconds.items()}
    print(f"for {PER_EXPERIMENT:,} runs, the same means to 1e-12 (MLflow: {mlflow_runs} runs' time, x {factor:g}):")
    print(f"  ours, our client, warm{median['ours'] * 1000:8.0f} ms")
    for side in ("naive", "bulk"):
        times = median[side] * factor
        print(f"  MLflow, {side:<13} {times * 1000:8.0f} ms   {times / median['ours']:.0f} x ours")


if __name__ == "__main__":
    main()
