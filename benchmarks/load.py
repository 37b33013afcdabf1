"""Whether a lab keeps answering while many use it.

python -m benchmarks.load [--cells 1000] [--seeds 20] [--grown 3] [--rate 200] [--minutes 10] [--pages 20]
    [--notebooks 10] [--postgres]

A store holds an experiment of --cells cells and --seeds seeds, all finished, and a small one that grows. In place of
workers, a process finishes --rate runs a minute in the store, each with 20 epochs. Meanwhile --pages open pages poll,
--notebooks notebooks ask for effects, comparisons and figures, and somebody posts a grid every ten seconds. Each of
them has an API key of its own. Another process asks /healthz every 0.1 s. Everything runs on this machine, with a real
Redis and a real MLflow server.

It prints a row for each call, what the API's processes hold at the start and at the end, and whether the lab keeps its
promises: no 5xx, the 99th percentile of /healthz and of GET /experiments/{name}, and memory that does not grow. Exits
with 1 if one is broken. --minutes 60 is the soak.
"""

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, MutableSequence, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.at_work import fill, finish
from benchmarks.clients import percentile
from benchmarks.gauges import Held, ask_health, held
from benchmarks.people import Answer, People
from benchmarks.servers import redis_server, start_api, start_mlflow
from evenkeel.records.keys import Role, make_key
from evenkeel.store import Store
from tests.support.services import postgres_server

HEALTH_MS, DETAIL_MS, GROWTH = 50.0, 300.0, 1.05
DETAIL = "GET /experiments/{name}"
HEALTH_EVERY, HELD_EVERY = 0.1, 2.0
# Caches fill in the first minutes: 2,000 cells, 200 details, the answers that are kept.
WARM_UP = 0.3


@contextmanager
def database(folder: Path, on_postgres: bool) -> Iterator[str]:
    """Yields the URL of an empty database."""
    if not on_postgres:
        yield f"sqlite:///{folder}/lab.db"
        return
    with postgres_server(folder / "postgres") as server:
        with psycopg.connect(f"{server}/postgres", autocommit=True) as admin:
            admin.execute("CREATE DATABASE lab")
        yield f"{server}/lab"


def make_keys(url: str, number: int) -> list[str]:
    store = Store(url)
    made = [make_key() for _ in range(number)]
    for index, (key_id, kept, _) in enumerate(made):
        store.keys.add(key_id, f"person-{index}", Role.WRITE, kept)
    store.close()
    return [key for _, _, key in made]


def watch(session: int, stop: threading.Event, seen: list[Held]) -> None:
    while not stop.wait(HELD_EVERY):
        seen.append(held(session))


def measure(
    url: str, settings: dict[str, str], keys: Sequence[str], given: argparse.Namespace
) -> tuple[list[Answer], Sequence[float], list[Held]]:
    """(every answer, the milliseconds of /healthz, what the API held every two seconds)."""
    made = multiprocessing.get_context("spawn")
    api = start_api(url, **settings)
    stop, stop_watching = made.Event(), threading.Event()
    seen: list[Held] = []
    with made.Manager() as manager:
        health: MutableSequence[float] = manager.list()
        others = [
            made.Process(target=finish, args=(url, given.grown, given.rate, stop)),
            made.Process(target=ask_health, args=(api.url, HEALTH_EVERY, stop, health)),
        ]
        watcher = threading.Thread(target=watch, args=(api.process.pid, stop_watching, seen))
        try:
            for other in others:
                other.start()
            watcher.start()
            answers = People(api.url, keys, given.pages, given.notebooks).run(60 * given.minutes)
        finally:
            stop.set()
            stop_watching.set()
            for other in others:
                other.join(60)
            watcher.join(60)
            api.stop()
        return answers, list(health), seen


def show(console: Console, answers: Sequence[Answer], health: Sequence[float]) -> None:
    table = Table("call", *("answers", "p50 ms", "p99 ms", "longest ms", "429", "other than 2xx"), box=None)
    rows = {name: [one for one in answers if one.call == name] for name in sorted({one.call for one in answers})}
    for name, mine in rows.items():
        times = [one.ms for one in mine if one.status != 429]
        statuses = Counter(one.status for one in mine)
        others = {status: count for status, count in statuses.items() if status // 100 != 2 and status != 429}
        said = ", ".join(f"{status}: {count}" for status, count in sorted(others.items())) or "-"
        table.add_row(name, f"{len(mine):,}", *_percentiles(times), f"{statuses[429]}", said)
    table.add_row("GET /healthz", f"{len(health):,}", *_percentiles(health), "0", "-")
    console.print(table)


def _percentiles(times: Sequence[float]) -> list[str]:
    if not times:
        return ["-"] * 3
    return [f"{value:,.0f}" for value in (statistics.median(times), percentile([*times], 0.99), max(times))]


def judge(answers: Sequence[Answer], health: Sequence[float], seen: Sequence[Held]) -> dict[str, tuple[bool, str]]:
    """promise -> (whether it was kept, what was seen)."""
    bad = sum(one.status == 0 or one.status >= 500 for one in answers)
    detail = percentile([one.ms for one in answers if one.call == DETAIL], 0.99)
    alive = percentile([*health], 0.99)
    warm = seen[int(WARM_UP * len(seen)) :]
    tenth = max(1, len(warm) // 5)
    before, after = (statistics.median(one.mb for one in part) for part in (warm[:tenth], warm[-tenth:]))
    return {
        "no 5xx and no lost answer": (bad == 0, f"{bad} of {len(answers):,}"),
        f"/healthz p99 under {HEALTH_MS:.0f} ms": (alive < HEALTH_MS, f"{alive:.0f} ms"),
        f"{DETAIL} p99 under {DETAIL_MS:.0f} ms": (detail < DETAIL_MS, f"{detail:.0f} ms"),
        "memory grows by less than 5 %": (after < GROWTH * before, f"{before:.0f} MB, then {after:.0f} MB"),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.load", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, default=1000, help="cells of the large experiment (default 1000)")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of each of its cells (default 20)")
    parser.add_argument("--grown", type=int, default=3, help="seeds of the experiment that grows, at first (default 3)")
    parser.add_argument("--rate", type=float, default=200, help="runs that finish in a minute (default 200)")
    parser.add_argument("--minutes", type=float, default=10, help="how long people use the lab (default 10)")
    parser.add_argument("--pages", type=int, default=20, help="open pages (default 20)")
    parser.add_argument("--notebooks", type=int, default=10, help="notebooks (default 10)")
    parser.add_argument("--postgres", action="store_true", help="the store is on Postgres, not on SQLite")
    given = parser.parse_args()
    console = Console(width=110)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        folder.chmod(0o755)
        url = stack.enter_context(database(folder, given.postgres))
        with console.status("filling the store"):
            fill(url, given.cells, given.seeds, given.grown)
        keys = make_keys(url, given.pages + given.notebooks + 1)
        broker = stack.enter_context(redis_server(folder))
        mlflow = start_mlflow(f"sqlite:///{folder}/mlflow.db", folder / "artifacts")
        stack.callback(mlflow.stop)
        began = time.monotonic()
        answers, health, seen = measure(
            url, {"EVENKEEL_BROKER_URL": broker, "EVENKEEL_MLFLOW_URL": mlflow.url}, keys, given
        )
        size = sum(path.stat().st_size for path in folder.glob("lab.db*")) / 1e6
    show(console, answers, health)
    for when, one in (("at the start", seen[min(5, len(seen) - 1)]), ("at the end", seen[-2])):
        console.print(
            f"{when}: {one.mb:.0f} MB, {one.files} open files, {one.threads} threads, {one.processes} processes"
        )
    console.print(f"after {(time.monotonic() - began) / 60:.0f} minutes the store has {size:,.0f} MB")
    kept = judge(answers, health, seen)
    for promise, (holds, found) in kept.items():
        console.print(f"{'holds' if holds else 'BROKEN':<7} {promise}: {found}")
    return 0 if all(holds for holds, _ in kept.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
