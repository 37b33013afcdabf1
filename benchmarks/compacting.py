"""How much smaller `evenkeel compact` makes a store of finished runs, on SQLite.

python -m benchmarks.compacting [--cells 100] [--seeds 10] [--epochs 50]
"""

import argparse
import tempfile
import time
from contextlib import closing
from pathlib import Path

from benchmarks.big_lab import cells_of
from benchmarks.filling import finish_runs
from evenkeel.store import Store

NAME = "finished"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option, default in {"cells": 100, "seeds": 10, "epochs": 50}.items():
        parser.add_argument(f"--{option}", type=int, default=default)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="evenkeel-compacting-") as folder,
        closing(Store(f"sqlite:///{Path(folder) / 'lab.db'}")) as store,
    ):
        store.migrate()
        empty = store.compacting.size_bytes()
        store.grids.ensure(NAME, cells_of(given.cells, given.epochs), range(given.seeds))
        finish_runs(store, NAME, given.epochs)
        number, before = given.cells * given.seeds, store.compacting.size_bytes() - empty
        began = time.perf_counter()
        rows = sum(done.rows for done in store.compacting.drop())
        store.compacting.shrink()
        seconds, after = time.perf_counter() - began, store.compacting.size_bytes() - empty
        assert rows == number * given.epochs
    each = [size / number / 1e3 for size in (before, after)]
    print(f"{number:,} runs of {given.epochs} epochs: {before / 1e6:.1f} MB before, {after / 1e6:.1f} MB after")
    print(f"a run takes {each[0]:.1f} kB before, {each[1]:.1f} kB after: {after / before:.2f} x")
    print(f"it took {seconds:.1f} s")


if __name__ == "__main__":
    main()
