"""How long a claim takes while many runs wait, and what bends first when many workers and pages use one lab.

python -m benchmarks.scale [--queued 1000 10000 100000] [--workers 200] [--slots 8] [--seconds 60] [--post 100000]

It starts a Postgres, a Redis and an API of its own. For each number of queued runs it prints how long a claim takes
(wall time, the CPU time of the client, and the time and the pages of 8 kB of the two queries in Postgres). Then
--workers workers with --slots slots each work at once, in --processes processes: they sleep in place of training, and
call the store as a supervisor does. Once all slots have a run, calls are counted for --seconds. Meanwhile --pages open
pages poll, and somebody posts a grid every ten seconds. At last a grid of --post runs is posted while others claim.
--queued 1000 10000 100000 1000000 is the full curve, and needs 2 GB of disk. --sqlite draws the curve on SQLite alone.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import threading
import time
from collections.abc import MutableSequence, Sequence
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
from rich.console import Console
from rich.table import Table
from sqlalchemy import func, select, text

from benchmarks.at_work import BIG, GROWING
from benchmarks.big_lab import cells_of
from benchmarks.clients import percentile
from benchmarks.gauges import postmaster, spent
from benchmarks.load import database, make_keys
from benchmarks.people import People
from benchmarks.queries import explained, sizes
from benchmarks.servers import Server, redis_server, start_api
from benchmarks.simulated import LEASE_SECONDS, TASKS, Crowd, work
from evenkeel.records.workers import Taker
from evenkeel.schema import runs
from evenkeel.store import Store

TAKER = Taker("curve", "benchmark", TASKS)
CELLS, RUNS_EACH = 100, 20_000  # of an experiment; the second is the most that a lab allows by default
NO_LIMIT = {f"EVENKEEL_MAX_{name}": "100000000" for name in ("RUNS", "RUNS_PER_EXPERIMENT", "IN_FLIGHT")}
ADD = """
INSERT INTO runs (id, cell_id, seed, status, created_ms, lane_id)
WITH RECURSIVE seeds(seed) AS (SELECT 1 UNION ALL SELECT seed + 1 FROM seeds WHERE seed < :seeds)
SELECT {id}, id, seed, 'queued', experiment_id, lane_id FROM cells, seeds WHERE experiment_id > :after
"""
RANDOM_ID = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "md5(random()::text || id || '-' || seed)"}


def fill(store: Store, number: int) -> None:
    """Queue so many runs in all, in experiments of at most RUNS_EACH."""
    with store.database.read() as db:
        missing = number - (db.scalar(select(func.count()).select_from(runs)) or 0)
    there = store.experiments.all()
    names = [BIG, GROWING, *(f"queue-{index}" for index in range(len(there), 10_000))][len(there) and 2 :]
    seeds = max(1, min(missing, RUNS_EACH) // CELLS - 1)
    for name in names[: max(2 if not there else 1, missing // RUNS_EACH)]:
        store.grids.ensure(name, cells_of(CELLS, 20), [0])
    with store.database.write() as db:
        new = {"seeds": seeds, "after": there[-1].id if there else 0}
        db.execute(text(ADD.format(id=RANDOM_ID[store.database.dialect])), new)
    with store.database.write() as db:
        db.execute(text("ANALYZE"))


def curve(store: Store, number: int) -> list[str]:
    """A row: how long a claim takes while so many runs are queued."""
    times, worked = [], time.process_time()
    for _ in range(200):
        began = time.perf_counter()
        assert store.claims.take(TAKER, LEASE_SECONDS) is not None
        times.append(1000 * (time.perf_counter() - began))
    cpu = 1000 * (time.process_time() - worked) / len(times)
    in_postgres = explained(store, TAKER) if store.database.dialect == "postgresql" else ["-", "-"]
    measured = statistics.median(times), percentile(times, 0.99), cpu
    return [f"{number:,}", *(f"{value:.1f}" for value in measured), *in_postgres]


def load(
    url: str, api: Server, postgres: psutil.Process, given: argparse.Namespace, keys: Sequence[str]
) -> tuple[list[tuple[str, float]], dict[str, float]]:
    """(call, milliseconds) of all calls while workers work and pages poll, and who takes how many cores meanwhile."""
    made = multiprocessing.get_context("spawn")
    slots = given.workers * given.slots // given.processes
    crowd = Crowd(slots, given.threads, given.epochs, given.epoch_seconds)
    with made.Manager() as manager:
        events = count_now, stop = made.Event(), made.Event()
        told: MutableSequence[tuple[str, float]] = manager.list()
        crowds = [made.Process(target=work, args=(url, crowd, f"w{k}", *events, told)) for k in range(given.processes)]
        for process in crowds:
            process.start()
        # Until all slots have a run.
        time.sleep(given.begin)
        count_now.set()
        who = {
            "Postgres": [postgres],
            "the API": [psutil.Process(api.process.pid)],
            "the simulated workers": [psutil.Process(process.pid) for process in crowds],
        }
        before = {name: sum(map(spent, processes)) for name, processes in who.items()}
        answers = People(api.url, keys, given.pages, 0).run(given.seconds)
        cores = {name: (sum(map(spent, each)) - before[name]) / given.seconds for name, each in who.items()}
        stop.set()
        for process in crowds:
            process.join(120)
        # No MLflow runs here, and /readyz says so.
        bad = [one for one in answers if one.status // 100 != 2 and one.call != "GET /readyz"]
        assert not bad, bad[:3]
        return [*told, *((one.call, one.ms) for one in answers)], cores


def post(store: Store, api: str, key: str, number: int) -> tuple[float, float]:
    """(seconds that a post of so many runs takes, the longest claim in milliseconds meanwhile)."""
    longest, over = [0.0], threading.Event()

    def claim() -> None:
        while not over.is_set():
            began = time.perf_counter()
            store.claims.take(TAKER, LEASE_SECONDS)
            longest.append(1000 * (time.perf_counter() - began))
            time.sleep(0.05)

    others = threading.Thread(target=claim)
    others.start()
    levels = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]}
    rates = [round(1e-4 * 1.1**k, 8) for k in range(13)]
    grid = {"name": "posted", "grid": levels | {"lr": rates}, "seeds": round(number / 104), "train": {"epochs": 20}}
    began = time.perf_counter()
    answer = httpx.post(f"{api}/experiments", json=grid, headers={"Authorization": f"Bearer {key}"}, timeout=300)
    seconds = time.perf_counter() - began
    over.set()
    others.join()
    assert answer.status_code in (200, 201, 202), answer.text
    return seconds, max(longest)


def show(console: Console, told: Sequence[tuple[str, float]], seconds: float) -> None:
    table = Table("call", *("calls", "a second", "p50 ms", "p99 ms", "longest ms"), box=None)
    for name in sorted({name for name, _ in told}):
        times = [ms for call, ms in told if call == name]
        shown = statistics.median(times), percentile(times, 0.99), max(times)
        table.add_row(name, f"{len(times):,}", f"{len(times) / seconds:,.1f}", *(f"{value:,.1f}" for value in shown))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queued", type=int, nargs="+", default=[1000, 10_000, 100_000])
    parser.add_argument("--post", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=60, help="how long workers and pages use the lab")
    for name, default in {"workers": 200, "slots": 8, "processes": 4, "threads": 4, "epochs": 20, "pages": 20}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--begin", type=float, default=30, help="seconds before that in which slots take their runs")
    parser.add_argument("--epoch-seconds", type=float, default=3.2, help="1,600 slots then append 500 epochs a second")
    parser.add_argument("--sqlite", action="store_true")
    given = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory(prefix="evenkeel-scale-") as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        url = stack.enter_context(database(folder, not given.sqlite))
        store = Store(url)
        stack.callback(store.close)
        store.migrate()
        table = Table("queued", *("claim p50 ms", "p99 ms", "CPU ms", "in Postgres ms", "pages read"), box=None)
        for number in given.queued:
            fill(store, number)
            table.add_row(*curve(store, number))
        console.print(table)
        if given.sqlite:
            return
        keys = make_keys(url, given.pages + 1)
        broker = stack.enter_context(redis_server(folder))
        api = start_api(url, EVENKEEL_BROKER_URL=broker, **NO_LIMIT)
        stack.callback(api.stop)
        told, cores = load(url, api, postmaster(folder), given, keys)
        show(console, told, given.seconds)
        console.print(
            ", ".join(f"{name} took {number:.2f} of {os.cpu_count()} cores" for name, number in cores.items())
        )
        console.print(sizes(store))
        seconds, longest = post(store, api.url, keys[0], given.post)
        console.print(
            f"a post of {given.post:,} runs took {seconds:.1f} s; the longest claim meanwhile {longest:.0f} ms"
        )


if __name__ == "__main__":
    main()
