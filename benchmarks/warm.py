"""What a run gains from a slot whose process has trained a run of the same shape before.

python -m benchmarks.warm [--rounds 5]

Each round starts a process. It trains a run of another network first, as a slot that is warm has done. Then it begins
two runs of the shape that is measured, one after the other. Each is timed from its beginning to the end of its first
batch.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.train import SETTINGS
from models.task import Classification

BATCHES = 5


def measure(setting: str, folder: Path) -> dict[str, float]:
    """The seconds that the first and the second run of a shape take to their first batch, and a batch after that."""
    from benchmarks.plain_loops import ours
    from trainer.classification.datasets.load import load_dataset
    from trainer.device import configure

    configure(1)
    cells = {}
    for name, levels in SETTINGS.items():
        cells[name] = Classification.model_validate({"norm": "batch", "init": "he", "epochs": 10_000} | levels)
    size = setting.split()[1]
    [other] = [name for name in SETTINGS if name != setting and name.endswith(f" {size}")]
    list(islice(ours(cells[other], load_dataset(cells[other], folder), diagnose=True), BATCHES))
    found = {}
    for run in ("first", "second"):
        began = time.perf_counter()
        loop = ours(cells[setting], load_dataset(cells[setting], folder), diagnose=True)
        next(loop)
        found[run] = time.perf_counter() - began
        began = time.perf_counter()
        list(islice(loop, BATCHES))
        found["batch"] = (time.perf_counter() - began) / BATCHES
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="processes for each shape (default 5)")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measure(given.one[0], Path(given.one[1]))))
        return
    table = Table("ms", "first run of its shape", "second run", "a batch", "saved", box=None)
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    with TemporaryDirectory() as folder:
        found: dict[str, list[dict[str, float]]] = {setting: [] for setting in SETTINGS}
        for _ in track(range(given.rounds), console=Console(stderr=True)):
            for setting, its in found.items():
                command = [sys.executable, "-m", "benchmarks.warm", "--one", setting, folder]
                done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
                its.append(json.loads(done.stdout.splitlines()[-1]))
        for setting, its in found.items():
            medians = {key: 1000 * statistics.median(each[key] for each in its) for key in ("first", "second", "batch")}
            saved = 1000 * statistics.median(each["first"] - each["second"] for each in its)
            table.add_row(setting, *(f"{medians[key]:,.0f}" for key in medians), f"{saved:,.0f}")
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
