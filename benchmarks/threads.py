"""How many CPU threads a run should have, by its shape.

python -m benchmarks.threads [--rounds 5]

With as many threads as cores, one run has the machine to itself. With one thread a run, as many runs as there are cores
train at the same time. Each way trains for some seconds in turn, in processes of its own, through the functions that a
slot calls. The rates count the images of all runs together.
"""

import argparse
import os
import statistics
import sys
import time
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.train import SETTINGS
from models.task import Classification

TURN_SECONDS = 4.0


def train(setting: str, threads: int, folder: str, orders: Connection) -> None:
    """Trains for so many seconds whenever it is told to, and answers how many images that were a second."""
    from benchmarks.plain_loops import ours
    from trainer.classification.datasets.load import load_dataset
    from trainer.device import configure

    configure(threads)
    levels = {"norm": "batch", "init": "he", "epochs": 10_000} | SETTINGS[setting]
    cell = Classification.model_validate(levels)
    loop = ours(cell, load_dataset(cell, Path(folder)), diagnose=True)
    for _ in range(3):
        next(loop)
    orders.send(0.0)
    while (seconds := orders.recv()) > 0:
        began, batches = time.perf_counter(), 0
        while time.perf_counter() < began + seconds:
            next(loop)
            batches += 1
        orders.send(batches * cell.batch_size / (time.perf_counter() - began))


class Way:
    """Some runs at the same time, each with so many threads."""

    def __init__(self, setting: str, runs: int, threads: int, folder: str) -> None:
        spawn = get_context("spawn")
        self.rates, self.ends = list[float](), []
        for _ in range(runs):
            here, there = spawn.Pipe()
            spawn.Process(target=train, args=(setting, threads, folder, there), daemon=True).start()
            self.ends.append(here)
        for end in self.ends:
            end.recv()

    def take_turn(self) -> None:
        for end in self.ends:
            end.send(TURN_SECONDS)
        self.rates.append(sum(end.recv() for end in self.ends))

    def close(self) -> None:
        for end in self.ends:
            end.send(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="turns of each way (default 5)")
    rounds, cores = parser.parse_args().rounds, len(os.sched_getaffinity(0))
    if cores == 1:
        sys.exit("This machine has one core, so there is nothing to compare.")
    os.environ["OMP_WAIT_POLICY"] = "passive"
    table = Table(
        "images/s", "1 run, 1 thread", f"1 run, {cores} threads", f"{cores} runs, 1 thread each", "x", box=None
    )
    with TemporaryDirectory() as folder:
        for setting in track(SETTINGS, console=Console(stderr=True)):
            ways = [Way(setting, *way, folder) for way in ((1, 1), (1, cores), (cores, 1))]
            for _ in range(rounds):
                for way in ways:
                    way.take_turn()
            alone, wide, beside = (statistics.median(way.rates) for way in ways)
            gain = statistics.median(b / w for w, b in zip(ways[1].rates, ways[2].rates, strict=True))
            table.add_row(setting, f"{alone:,.0f}", f"{wide:,.0f}", f"{beside:,.0f}", f"{gain:.2f}")
            for way in ways:
                way.close()
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
