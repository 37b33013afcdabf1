"""How fast the API answers on Postgres, compared with MLflow.

python -m benchmarks.api [--posts 100] [--seconds 10] [--rounds 5]

It measures posts of 1,000 runs, and reads by 50 clients that ask without a pause. Everything runs on this machine: a
Postgres and a Redis of the benchmark's own, the API with two processes and an API key, MLflow with two workers on the
same Postgres, and the 50 clients. The clients read an experiment of 1,000 finished runs. These reads alternate with
MLflow's way to list 100 of its runs (runs/search), so that the two rates can be compared. MLflow makes 1,000 runs with
1,000 calls. 100 calls are measured, and their time is multiplied by 10. With 100 posts, their p99 is the longest time.
"""

import argparse
import json
import secrets
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
from rich.progress import track

from benchmarks.clients import CLIENTS, load, percentile
from benchmarks.filling import finish_runs
from benchmarks.servers import redis_server, start_api, start_mlflow
from evenkeel.client import Client
from evenkeel.grids.expand import SpecError, expand
from evenkeel.grids.spec import grid_spec
from evenkeel.records.keys import Role, make_key
from evenkeel.store import Store
from models.task import CLASSIFICATION
from tests.support.services import postgres_server


@contextmanager
def servers(folder: Path) -> Iterator[tuple[Store, Client, str, str]]:
    """Start two API processes and MLflow with two workers, on one Postgres. Yields (store, client, API key, MLflow's
    URL)."""
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server(folder / "postgres"))
        with psycopg.connect(f"{postgres}/postgres", autocommit=True) as admin:
            for name in ("lab", "mlflow"):
                admin.execute(f"CREATE DATABASE {name}")
        store = Store(f"{postgres}/lab")
        store.migrate()
        key_id, kept, key = make_key()
        store.keys.add(key_id, "benchmark", Role.WRITE, kept)
        broker = stack.enter_context(redis_server(folder))
        more = {"EVENKEEL_API_PROCESSES": "2", "EVENKEEL_MAX_IN_FLIGHT": "10000000", "EVENKEEL_BROKER_URL": broker}
        # All clients share one key.
        more["EVENKEEL_MAX_ANSWERS_PER_KEY"] = str(CLIENTS)
        api = start_api(f"{postgres}/lab", **more)
        stack.callback(api.stop)
        mlflow = start_mlflow(postgres.replace("postgresql:", "postgresql+psycopg:") + "/mlflow", folder, workers=2)
        stack.callback(mlflow.stop)
        with Client(api.url, key) as client:
            yield store, client, key, mlflow.url


def grid(name: str, wide: bool) -> dict[str, Any]:
    """A grid of 1,000 runs: 1,000 cells with one seed if `wide`, else 100 cells with 10 seeds."""
    levels = {
        "arch": ["yolo", "resnet"],
        "norm": ["none"],
        "init": ["he", "glorot", "lecun", "orthogonal", "normal"],
        "lr": [round(1e-4 * 1.05**k, 9) for k in range(100 if wide else 10)],
    }
    return {"name": name, "grid": levels, "seeds": 1 if wide else 10, "train": {"width": 0.25, "epochs": 8}}


def time_posts(client: Client, number: int, wide: bool) -> list[float]:
    """The milliseconds that each of `number` posts takes. One post before them is not counted."""
    times = []
    for _ in track(range(number + 1), "posts of 1,000 runs"):
        body = grid(f"posted-{secrets.token_hex(6)}", wide)
        began = time.perf_counter()
        answer = client.submit(body)
        times.append(1000 * (time.perf_counter() - began))
        assert answer["created"] == 1000, answer
        assert answer["broker"] == "rung", answer
    return times[1:]


def time_mlflow_creates(url: str, number: int = 100) -> float:
    """The milliseconds that MLflow takes to make `number` runs with one call each."""
    with httpx.Client(base_url=f"{url}/api/2.0/mlflow") as http:
        made = http.post("/experiments/create", json={"name": secrets.token_hex(6)}).json()
        began = time.perf_counter()
        for k in range(number):
            http.post("/runs/create", json={"experiment_id": made["experiment_id"], "start_time": k}).raise_for_status()
        return 1000 * (time.perf_counter() - began)


def refuse_a_billion() -> tuple[float, float]:
    """The (milliseconds, megabytes) that it takes to count a grid of 10^9 runs and refuse it."""
    levels = [k / 1000 for k in range(1, 101)]
    spec = {"name": "x", "grid": {"arch": ["yolo"], "norm": ["none"], "init": ["he"]}, "seeds": 1000}
    spec["grid"] |= dict.fromkeys(("lr", "beta1", "weight_decay"), levels)  # type: ignore[operator]

    def refuse() -> None:
        try:
            expand(grid_spec(CLASSIFICATION).model_validate_json(json.dumps(spec)), 1000)
        except SpecError:
            return
        raise AssertionError("the grid was not refused")

    times = [timed(refuse) for _ in range(5)]
    tracemalloc.start()
    refuse()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return statistics.median(times), peak / 1e6


def timed(call: Callable[[], object]) -> float:
    """The milliseconds that a call takes."""
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.api", description=__doc__)
    parser.add_argument("--posts", type=int, default=100, help="number of posts of 1,000 runs, for each shape of grid")
    parser.add_argument("--seconds", type=float, default=10.0, help="duration of each measurement of reads")
    parser.add_argument("--rounds", type=int, default=5, help="number of times that each measurement is repeated")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, servers(Path(folder)) as (store, client, key, mlflow_url):
        for shape, wide in (("100 cells x 10 seeds", False), ("1,000 cells x 1 seed", True)):
            posts = time_posts(client, options.posts, wide)
            print(f"POST {shape}: p50 {statistics.median(posts):.0f} ms, p99 {percentile(posts, 0.99):.0f} ms")
        creates = statistics.median(10 * time_mlflow_creates(mlflow_url) for _ in range(options.rounds))
        print(f"MLflow, 1,000 runs/create: {creates:.0f} ms, {creates / statistics.median(posts):.0f} x as long")
        name = "under-load"
        client.submit(grid(name, wide=False))
        finish_runs(store, name, num_epochs=8)
        print_loads(client.url, key, mlflow_url, name, options)
    print("a grid of 10^9 runs: refused in {:.1f} ms, {:.1f} MB".format(*refuse_a_billion()))


def print_loads(url: str, key: str, mlflow_url: str, name: str, options: argparse.Namespace) -> None:
    """Print the rate and the p99 of each kind of read."""
    mine = {"Authorization": f"Bearer {key}"}
    search = json.dumps({"experiment_ids": ["0", "1"], "max_results": 100}).encode()
    loads: dict[str, tuple[str, str, str, dict[str, str], bytes | None]] = {
        "GET /experiments/{name}": (url, "GET", f"/experiments/{name}", mine, None),
        "GET /summary, 10 of its 100 cells": (url, "GET", f"/summary?experiment={name}&lr=0.0001", mine, None),
        "GET /summary, all of its cells": (url, "GET", f"/summary?experiment={name}", mine, None),
        "MLflow runs/search of 100": (
            mlflow_url, "POST", "/api/2.0/mlflow/runs/search", {"Content-Type": "application/json"}, search,
        ),
    }  # fmt: skip
    rates: dict[str, list[float]] = {what: [] for what in loads}
    slow: dict[str, list[float]] = {what: [] for what in loads}
    for _ in range(options.rounds):
        for what, ask in loads.items():
            times = load(*ask, options.seconds)
            rates[what].append(len(times) / options.seconds)
            slow[what].append(percentile(times, 0.99))
    for what in loads:
        rate, p99 = statistics.median(rates[what]), statistics.median(slow[what])
        print(f"{what}: {rate:.0f} answers a second for {CLIENTS} clients, p99 {p99:.0f} ms, no errors")


if __name__ == "__main__":
    main()
