"""How long it takes to copy a tiny run to MLflow, and what it costs to sample the machine for its runs.

python -m benchmarks.mirroring --runs 100
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.filling import NAMES
from benchmarks.servers import start_mlflow
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


def train(store: Store, num_runs: int, ends: bool) -> None:
    """Write runs of three epochs, with a dataset and a checkpoint, as a worker would. `ends`: whether they finish."""
    levels = {"arch": "yolo", "norm": "none", "init": "he", "epochs": EPOCHS}
    cells = [make_cell(CLASSIFICATION, levels | {"lr": 0.001 * (n + 1)}) for n in range(num_runs // SEEDS)]
    store.grids.ensure("tiny" if ends else "long", cells, range(SEEDS))
    taker = Taker(WORKER, "0.1.0+3f2c1ab", {CLASSIFICATION.name: CLASSIFICATION.version})
    while claim := store.claims.take(taker, 3600):
        store.claims.record_dataset(claim, "0123456789abcdef")
        for epoch in range(1, EPOCHS + 1):
            values = dict.fromkeys(NAMES, 1 / epoch)
            store.claims.append_epoch(claim, Epoch(claim.run_id, epoch, values, 0.5, now_ms()))
        store.claims.record_checkpoint(claim, EPOCHS, f"/nowhere/epoch-{EPOCHS:04d}.pt", "ab" * 32)
        if ends:
            store.claims.finish(claim, Outcome.CONVERGED)


def cost(what: Callable[[], object], server: psutil.Process) -> tuple[float, float]:
    """(seconds, seconds of CPU time of this process and of the server) of a call."""

    def used() -> float:
        family = [server, *server.children(recursive=True)]
        return time.process_time() + sum(sum(each.cpu_times()[:2]) for each in family)

    began, before = time.perf_counter(), used()
    what()
    return time.perf_counter() - began, used() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="number of runs, a multiple of 4")
    parser.add_argument("--slots", type=int, default=4, help="number of runs that train at once, a multiple of 4")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = Store(f"sqlite:///{folder}/lab.db")
        store.migrate()
        mlflow = start_mlflow(f"sqlite:///{folder}/mlflow.db", folder / "artifacts")
        server = psutil.Process(mlflow.process.pid)
        settings = Settings(mlflow_url=mlflow.url, worker_name=WORKER, data_dir=folder)
        try:
            train(store, options.runs, ends=True)
            mirror = Mirror(store, settings)
            seconds, cpu = cost(lambda: [mirror.pass_once() for _ in range(options.runs // 50 + 1)], server)
            print(
                f"{options.runs} runs copied: {seconds / options.runs:.3f} s and {cpu / options.runs:.3f} s CPU a run"
            )
            train(store, options.slots, ends=False)
            mirror.pass_once()
            system = SystemMetrics(store, settings)
            _, cpu = cost(lambda: [system.pass_once() for _ in range(PASSES)], server)
            share = cpu / PASSES / settings.system_metrics_seconds / options.slots
            print(
                f"system metrics: {1000 * cpu / PASSES:.0f} ms CPU a sample, {100 * share:.2f} % of a core for each run"
            )
        finally:
            mlflow.stop()


if __name__ == "__main__":
    main()
