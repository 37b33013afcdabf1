"""How long it takes to copy a tiny run to MLflow, and what it costs to sample the machine for its runs.

python -m benchmarks.mirroring --runs 100 [--rounds 3] [--store postgresql+psycopg://...]

Each round copies fresh runs to the lab's own MLflow, to MLflow's own server, and, for comparison, does with MLflow's
own client the three calls that no copy of a run can do without: to make it, to log its values, and to end it. The
CPU time of the worker is the mirror's, that of MLflow is the server's. To compare with another version of the mirror,
copy this folder into its checkout, and run it there, too.
"""

import argparse
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import psutil
from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient
from pydantic import SecretStr

from benchmarks.filling import NAMES
from benchmarks.servers import Server, start_lab_mlflow, start_mlflow
from evenkeel.grids.cell import make_cell
from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker
from evenkeel.settings import Settings
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION
from trainer.tracking import Mirror, SystemMetrics

SEEDS = 4
EPOCHS = 3
WORKER = "benchmark"
PASSES = 50
LOGIN = ("evenkeel", "benchmark")
LEVELS = {"arch": "yolo", "norm": "none", "init": "he", "epochs": EPOCHS}

# (seconds, seconds of CPU time of this process, of the server)
Cost = tuple[float, float, float]


def train(store: Store, num_runs: int, experiment: str, ends: bool = True) -> None:
    """Write runs of three epochs, with a dataset and a checkpoint, as a worker would. `ends`: whether they finish."""
    cells = [make_cell(CLASSIFICATION, LEVELS | {"lr": 0.001 * (n + 1)}) for n in range(num_runs // SEEDS)]
    store.grids.ensure(experiment, cells, range(SEEDS))
    taker = Taker(WORKER, "0.1.0+3f2c1ab", {CLASSIFICATION.name: CLASSIFICATION.version})
    while claim := store.claims.take(taker, 3600):
        store.claims.record_dataset(claim, "0123456789abcdef")
        for epoch in range(1, EPOCHS + 1):
            values = dict.fromkeys(NAMES, 1 / epoch)
            store.claims.append_epoch(claim, Epoch(claim.run_id, epoch, values, 0.5, now_ms()))
        store.claims.record_checkpoint(claim, EPOCHS, f"/nowhere/epoch-{EPOCHS:04d}.pt", "ab" * 32)
        if ends:
            store.claims.finish(claim, Outcome.CONVERGED)


def cost(what: Callable[[], object], server: psutil.Process) -> Cost:
    def used() -> float:
        return sum(sum(each.cpu_times()[:2]) for each in (server, *server.children(recursive=True)))

    began, mine, theirs = time.perf_counter(), time.process_time(), used()
    what()
    return time.perf_counter() - began, time.process_time() - mine, used() - theirs


def copy_all(store: Store, settings: Settings) -> None:
    mirror = Mirror(store, settings)
    while mirror.pass_once():
        pass


def call_barely(client: MlflowClient, num_runs: int, experiment: str) -> None:
    """Only what no copy can do without, with MLflow's own client, one run after the other."""
    experiment_id = client.create_experiment(experiment)
    params = [Param(name, str(level)) for name, level in make_cell(CLASSIFICATION, LEVELS).levels.items()]
    for _ in range(num_runs):
        run_id = client.create_run(experiment_id).info.run_id
        points = [Metric(name, 1.0, 1000 + epoch, epoch) for name in NAMES for epoch in range(1, EPOCHS + 1)]
        client.log_batch(run_id, points, params)
        client.set_terminated(run_id)


def measure_system(store: Store, settings: Settings, server: psutil.Process, slots: int) -> str:
    train(store, slots, "long", ends=False)
    copy_all(store, settings)
    system = SystemMetrics(store, settings)
    _, mine, theirs = cost(lambda: [system.pass_once() for _ in range(PASSES)], server)
    seconds = (mine + theirs) / PASSES
    share = seconds / settings.system_metrics_seconds / slots
    return f"system metrics: {1000 * seconds:.0f} ms CPU a sample, {100 * share:.2f} % of a core for each run"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=100, help="number of runs a round, a multiple of 4")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--slots", type=int, default=4, help="number of runs that train at once, a multiple of 4")
    parser.add_argument(
        "--store", help="URL of an empty database for MLflow; without it, a SQLite file for each server"
    )
    options = parser.parse_args()
    # What MLflow's own client sends. A server without a login ignores it.
    os.environ |= dict(zip(("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"), LOGIN, strict=True))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)

        def place(kind: str) -> tuple[str, Path]:
            return options.store or f"sqlite:///{folder}/{kind}.db", folder / kind

        servers = {
            "the lab's MLflow": start_lab_mlflow(*place("lab"), LOGIN),
            "MLflow's server": start_mlflow(*place("own")),
        }
        try:
            compare(servers, folder, options.runs, options.rounds, options.slots)
        finally:
            for server in servers.values():
                server.stop()


def compare(servers: dict[str, Server], folder: Path, num_runs: int, rounds: int, slots: int) -> None:
    found: dict[str, list[Cost]] = {}
    names = (f"round-{number}" for number in itertools.count())
    for _, (kind, server) in itertools.product(range(rounds), servers.items()):
        process = psutil.Process(server.process.pid)
        name, client = next(names), MlflowClient(server.url)
        store = Store(f"sqlite:///{folder}/{name}.db")
        store.migrate()
        train(store, num_runs, name)
        settings = Settings(mlflow_url=server.url, worker_name=WORKER, data_dir=folder, mlflow_username=LOGIN[0])
        settings = settings.model_copy(update={"mlflow_password": SecretStr(LOGIN[1])})
        found.setdefault(f"the mirror to {kind}", []).append(cost(partial(copy_all, store, settings), process))
        bare = cost(partial(call_barely, client, num_runs, f"bare-{name}"), process)
        found.setdefault(f"three calls of its client to {kind}", []).append(bare)
        store.close()
    print("| median of a run | s | s CPU in the worker | s CPU in MLflow |\n|---|---:|---:|---:|")
    for kind, costs in found.items():
        columns = [statistics.median(column) / num_runs for column in zip(*costs, strict=True)]
        print(f"| {kind} | {' | '.join(f'{value:.3f}' for value in columns)} |", flush=True)
    if slots:
        store = Store(f"sqlite:///{folder}/long.db")
        store.migrate()
        print(measure_system(store, settings, process, slots))


if __name__ == "__main__":
    main()
