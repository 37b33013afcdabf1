"""Serves the pages on a filled lab, to look at them.

python -m tests.support.serve_pages [--port 8100] [--keys] [--moves]

The store lies in a folder that is removed at the end. With --moves, the runs that train go on by an epoch every 2 s,
and when all have ended, each cell gets another seed.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

# The helpers of the tests import each other without a package.
sys.path.insert(0, str(Path(__file__).parent))

from filled import DEMO, EPOCHS, WORKER, fill_lab, seen
from in_thread import api_in_thread
from servers import add_key

from evenkeel.grids.cell import RunSpec
from evenkeel.plugins import Outcome
from evenkeel.records.keys import Role
from evenkeel.records.leases import Claim
from evenkeel.records.rows import Epoch
from evenkeel.records.workers import Taker
from evenkeel.store import Store, now_ms
from models.task import CLASSIFICATION, METRICS

BEAT_SECONDS = 2.0


@contextmanager
def served(folder: Path, port: int = 0) -> Iterator[tuple[str, Store]]:
    """A filled lab in a folder, and its API: (its address, its store)."""
    url = f"sqlite:///{folder}/lab.db"
    with closing(Store(url)) as store:
        store.migrate()
        fill_lab(store)
        with api_in_thread(url, port) as address:
            yield address, store


def move_on(store: Store) -> None:
    """Every run that trains gets its next epoch, or ends. Then the next ones begin."""
    training = store.runs.training()
    for run in training:
        claim = Claim(run.id, run.attempt, RunSpec(run.cell, run.seed))
        rise = 1 - 2 ** -(run.num_epochs + 1.0)
        values = {m.name: rise if m.better == "higher" else 1.1 - rise for m in METRICS}
        store.claims.append_epoch(claim, Epoch(run.id, run.num_epochs + 1, values, 20.0, now_ms()))
        if run.num_epochs + 1 >= EPOCHS:
            store.claims.finish(claim, Outcome.CONVERGED)
    if not store.runs.queued():
        known = {run.cell_hash: run for run in store.runs.all(DEMO)}
        seeds = 1 + max(run.seed for run in store.runs.all(DEMO))
        store.grids.ensure(DEMO, [run.cell for run in known.values()], range(seeds + 1))
    taker = Taker(WORKER, "0.17", {CLASSIFICATION.name: CLASSIFICATION.version})
    if len(training) < 2 and (claim := store.claims.take(taker, 3600)) is not None:
        store.claims.begin(claim, 0, 0, "", {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="by default a free one")
    parser.add_argument("--keys", action="store_true", help="make a key that may write and one that may read")
    parser.add_argument("--moves", action="store_true", help="let the running runs go on")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="evenkeel-pages-") as folder:
        with served(Path(folder), options.port) as (address, store):
            print(f"{address}/ui/experiments/{DEMO}", flush=True)
            for role in Role if options.keys else ():
                print(f"{role}: {add_key(store, role, role)}", flush=True)
            try:
                while True:
                    time.sleep(BEAT_SECONDS)
                    seen(store)
                    if options.moves:
                        move_on(store)
            except KeyboardInterrupt:
                print(f"\n{os.path.getsize(f'{folder}/lab.db') / 1e6:.1f} MB of lab removed")


if __name__ == "__main__":
    main()
