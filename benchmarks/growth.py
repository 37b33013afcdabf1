"""How long each call takes while the finished runs of a lab grow in number.

python -m benchmarks.growth [--finished 1000 10000 100000] [--times 15]

It starts a Postgres, a Redis and an API of its own. One experiment of 40 cells is asked, while others hold more and
more finished runs. Before each round a run of that experiment is claimed, trained and finished, so that no answer about
it may be a kept one. The results are medians of milliseconds.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.big_lab import cells_of
from benchmarks.filling import NAMES, finish_runs
from benchmarks.load import database, make_keys
from benchmarks.servers import redis_server, start_api
from benchmarks.simulated import LEASE_SECONDS, TASKS
from evenkeel.plugins import Outcome
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker
from evenkeel.store import Store, now_ms

ASKED, EPOCHS, CELLS, SEEDS = "asked", 8, 40, 10
OLD_CELLS, OLD_SEEDS = 100, 10
TAKER = Taker("growth", "benchmark", TASKS)
ERRORS = Console(stderr=True)
PATHS = {
    "GET /experiments/{name}": f"/experiments/{ASKED}",
    "GET /experiments/{name}/runs": f"/experiments/{ASKED}/runs",
    "GET /summary, 40 cells": f"/summary?experiment={ASKED}",
    "GET /effects, 40 cells": f"/effects?experiment={ASKED}",
    "GET /experiments": "/experiments",
    "GET /workers": "/workers",
}


def fill(store: Store, url: str, before: int, number: int) -> None:
    """Add experiments of finished runs, so that the lab has `number` of them and not `before`."""
    each = OLD_CELLS * OLD_SEEDS
    for index in range(before // each, number // each):
        store.grids.ensure(f"old-{index}", cells_of(OLD_CELLS, EPOCHS), range(OLD_SEEDS))
        finish_runs(store, f"old-{index}", EPOCHS, seed=index)
    # As workers do every five seconds.
    store.lanes.sum_up()
    # As Postgres does by itself within a minute.
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("VACUUM ANALYZE")


def train_one(store: Store, timed: Callable[[str, Callable[[], Any]], Any]) -> None:
    claims = store.claims
    claim = timed("claim", partial(claims.take, TAKER, LEASE_SECONDS))
    assert claim is not None
    timed("begin", partial(claims.begin, claim, 0, 0, "", {"torch": "none"}))
    for number in range(1, EPOCHS + 1):
        epoch = Epoch(claim.run_id, number, dict.fromkeys(NAMES, 0.5), 1.0, now_ms())
        timed("append", partial(claims.append_epoch, claim, epoch))
    timed("finish", partial(claims.finish, claim, Outcome.CONVERGED, trained=EPOCHS))


def measure(store: Store, client: httpx.Client, times: int, first: int) -> dict[str, float]:
    """Call -> the median of its milliseconds."""
    took: dict[str, list[float]] = {}

    def timed(name: str, call: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        found = call()
        took.setdefault(name, []).append(1000 * (time.perf_counter() - began))
        return found

    for turn in range(times):
        train_one(store, timed)
        # A worker on a CPU does not take these runs.
        levels = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he"]}
        grid = {"name": f"posted-{first + turn}", "device": "cuda", "grid": levels, "seeds": 4}
        answers = [timed("POST /experiments", partial(client.post, "/experiments", json=grid))]
        answers += [timed(name, partial(client.get, path)) for name, path in PATHS.items()]
        assert all(answer.is_success for answer in answers), [answer.text[:300] for answer in answers]
    return {name: statistics.median(each) for name, each in took.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--finished", type=int, nargs="+", default=[1000, 10_000, 100_000], help="finished runs")
    parser.add_argument("--times", type=int, default=15, help="how often each call is made (15)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="evenkeel-growth-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        url = stack.enter_context(database(folder, on_postgres=True))
        store = Store(url)
        stack.callback(store.close)
        store.migrate()
        store.grids.ensure(ASKED, cells_of(CELLS, EPOCHS), range(SEEDS // 2))
        finish_runs(store, ASKED, EPOCHS)
        store.grids.ensure(ASKED, cells_of(CELLS, EPOCHS), range(SEEDS))
        [key] = make_keys(url, 1)
        api = start_api(url, EVENKEEL_BROKER_URL=stack.enter_context(redis_server(folder)))
        stack.callback(api.stop)
        client = stack.enter_context(
            httpx.Client(base_url=api.url, headers={"Authorization": f"Bearer {key}"}, timeout=120)
        )
        found = []
        for turn, (before, number) in enumerate(pairwise([0, *given.finished])):
            with ERRORS.status(f"{number:,} finished runs"):
                fill(store, url, before, number)
                found.append(measure(store, client, given.times, turn * given.times))
    table = Table("ms, median", *(f"{number:,} finished" for number in given.finished), box=None)
    for call in found[0]:
        table.add_row(call, *(f"{each[call]:,.1f}" for each in found))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
