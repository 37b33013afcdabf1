"""How long it takes to import runs from an MLflow server.

python -m benchmarks.importing [--runs 1000] [--epochs 50] [--metrics 2] [--rounds 5]

A script logs the runs to an MLflow server of the benchmark's own, on SQLite: ten learning rates, and as many seeds as
there are runs. Then it measures, in turn, three ways to read them: `evenkeel import --mlflow`, which reads and posts
them to an API; `POST /imports`, with which the API reads them itself; and, to compare, reading all histories run by run
with MLflow's client, which stores nothing. Each import goes into a new experiment. The median counts.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient
from rich.console import Console
from rich.progress import track

from benchmarks.servers import start_api, start_mlflow
from evenkeel.cli.import_options import Options
from evenkeel.cli.importing import import_once
from evenkeel.client import Client
from evenkeel.store import Store

NAME = "benchmark"
LEVELS = 10


def log_runs(client: MlflowClient, num_runs: int, num_epochs: int, names: list[str]) -> None:
    """Log runs, each in three calls."""
    experiment = client.create_experiment(NAME)
    for index in track(range(num_runs), "logging runs"):
        run = client.create_run(experiment, start_time=1_000_000 + index).info.run_id
        lr, seed = index % LEVELS, index // LEVELS
        values = [
            Metric(name, 0.5 + lr / 100 + step / 1000 + seed / 10**6, 1_000_000 + step, step)
            for name in names
            for step in range(num_epochs)
        ]
        client.log_batch(run, values, [Param("lr", str(0.1 * (lr + 1))), Param("seed", str(seed))])
        client.set_terminated(run)


def run_by_run(client: MlflowClient, names: list[str]) -> int:
    """Read every history as MLflow's client does. Returns the number of values."""
    found = client.get_experiment_by_name(NAME)
    assert found is not None
    runs = client.search_runs([found.experiment_id], max_results=50_000)
    return sum(len(client.get_metric_history(run.info.run_id, name)) for run in runs for name in names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--metrics", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    names = [f"metric_{number}_acc" for number in range(asked.metrics)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database = f"sqlite:///{folder}/lab.db"
        Store(database).migrate()
        mlflow = start_mlflow(f"sqlite:///{folder}/mlflow.db", folder / "artifacts")
        stack.callback(mlflow.stop)
        api = start_api(database, EVENKEEL_MLFLOW_URL=mlflow.url, EVENKEEL_BROKER_URL="redis://127.0.0.1:1/0")
        stack.callback(api.stop)
        tracking, lab = MlflowClient(mlflow.url), stack.enter_context(Client(api.url))
        log_runs(tracking, asked.runs, asked.epochs, names)
        metrics = [f"{name}:higher" for name in names]

        def import_into(name: str, address: str | None) -> int:
            nothing = dict.fromkeys(("table", "seed", "ignore", "factors", "epoch", "run", "state", "diverged"))
            options = Options(experiment=NAME, mlflow=address, into=name, search="", metric=metrics, **nothing)
            return import_once(lab, options, Console(), quiet=True).created

        ways: dict[str, Callable[[int], int]] = {
            "evenkeel import --mlflow": lambda number: import_into(f"read-{number}", mlflow.url),
            "POST /imports": lambda number: import_into(f"posted-{number}", None),
            "MLflow's client, run by run": lambda number: run_by_run(tracking, names),
        }
        took: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(asked.rounds):
            for way, go in ways.items():
                began = time.perf_counter()
                done = go(number)
                took[way].append(time.perf_counter() - began)
                print(f"round {number + 1}: {way}: {done:,} in {took[way][-1]:.1f} s", flush=True)
    for way, seconds in took.items():
        print(f"{way}: median {statistics.median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f})")


if __name__ == "__main__":
    main()
