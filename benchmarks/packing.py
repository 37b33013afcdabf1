"""What several runs on one GPU gain: images a second of all of them, beside one run alone.

python -m benchmarks.packing

Each run trains in a process of its own, as in the slots of a worker. All start together. The counts take turns, and the
results are medians.
"""

import argparse
import statistics
import subprocess
import sys
import time
from itertools import product

import torch

from models.task import Classification
from trainer.classification.data import Splits, whole
from trainer.classification.loop import prepare, train
from trainer.device import configure, pick_device

COUNTS = (1, 2, 4, 8)
SMALL = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 32, "width": 0.25}
PAPER = SMALL | {"image_size": 128, "width": 1.0}
SETTINGS = {
    "small, fp32": SMALL,
    "paper's Tiny-YOLO, bf16": PAPER | {"precision": "bf16"},
    "paper's ResNet26, fp32": PAPER | {"arch": "resnet"},
}
NUM_TRAIN, NUM_VAL, NUM_CLASSES = 1_920, 256, 101
WARM_UP_EPOCHS = 4


def train_on_demand(setting: str, seconds: float) -> None:
    """Train for some seconds whenever a line comes. Print images a second and the GiB that this process holds."""
    configure()
    cell = Classification.model_validate(SETTINGS[setting] | {"epochs": 10_000})
    shape = (NUM_TRAIN + NUM_VAL, cell.image_size, cell.image_size, 3)
    images, labels = torch.randint(256, shape, dtype=torch.uint8), torch.randint(NUM_CLASSES, shape[:1])
    train_split, val_split = (
        whole(images[:NUM_TRAIN], labels[:NUM_TRAIN]),
        whole(images[NUM_TRAIN:], labels[NUM_TRAIN:]),
    )
    epochs = train(prepare(cell, 0, NUM_CLASSES, pick_device("cuda")), Splits(train_split, val_split, NUM_CLASSES))
    for _ in range(WARM_UP_EPOCHS):
        next(epochs)
    print("ready", flush=True)
    for _ in sys.stdin:
        started, done = time.perf_counter(), 0
        while time.perf_counter() - started < seconds:
            next(epochs)
            done += 1
        rate = done * NUM_TRAIN / (time.perf_counter() - started)
        print(rate, torch.cuda.max_memory_reserved() / 2**30, flush=True)


class Run:
    """A process that trains on demand, and on the GPU beside others."""

    def __init__(self, setting: str, seconds: float) -> None:
        command = [sys.executable, "-m", "benchmarks.packing", "--train", setting, "--seconds", str(seconds)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", bufsize=1
        )

    def go(self) -> None:
        self._process.stdin.write("go\n")  # type: ignore[union-attr]

    def told(self) -> list[str]:
        return self._process.stdout.readline().split()  # type: ignore[union-attr]

    def end(self) -> None:
        self._process.communicate()


def together(runs: list[Run]) -> tuple[float, float]:
    """Let these train at once. Returns images a second of all together, and the most GiB that one of them holds."""
    for run in runs:
        run.go()
    told = [run.told() for run in runs]
    return sum(float(rate) for rate, _ in told), max(float(held) for _, held in told)


def measure(setting: str, rounds: int, seconds: float) -> None:
    runs = [Run(setting, seconds) for _ in range(max(COUNTS))]
    if any(run.told() != ["ready"] for run in runs):
        raise RuntimeError(f"a run of {setting} did not start")
    rates: dict[int, list[float]] = {count: [] for count in COUNTS}
    for _, count in product(range(rounds), COUNTS):
        rate, held = together(runs[:count])
        rates[count].append(rate)
    for run in runs:
        run.end()
    for count, found in rates.items():
        gain = statistics.median(many / one for many, one in zip(found, rates[1], strict=True))
        print(f"{setting:<24} {count:>4}  {statistics.median(found):>8,.0f}  {gain:>9.2f}  {held:>9.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="times that each number of runs is measured (5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long they train each time (1)")
    parser.add_argument("--train", choices=SETTINGS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.train:
        return train_on_demand(chosen.train, chosen.seconds)
    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}, median of {chosen.rounds} rounds")
    print("runs on one GPU          runs  images/s  x one run  GiB a run")
    for setting in SETTINGS:
        measure(setting, chosen.rounds, chosen.seconds)


if __name__ == "__main__":
    main()
