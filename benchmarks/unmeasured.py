"""How far the time is off that is foretold of a shape that was never measured: python -m benchmarks.unmeasured

Trains two epochs each of networks that are drawn at random, after one that is not timed, as the process of a slot does.
Then some of them count as measured, drawn at random, and another is foretold from them by `evenkeel.lab.foretelling`.
Prints, by the number of measured shapes, how far the likely time is off, and how often the truth lies in the range.

Seconds are those of the process's core: other work on the machine changes them less than those on the clock. Small
networks are like those of the docs and of a first try, large ones come near those of the paper. A lab that has trained
only small ones may be asked for large ones, so each kind is foretold from both.
"""

import argparse
import math
import os
import random
import time
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import torch

from evenkeel.grids.cell import Cell, make_cell
from evenkeel.lab.foretelling import Known, likely_pace
from evenkeel.lab.paces import Pace, levels_of, shape_of
from evenkeel.plugins import EpochEnd
from models.task import CLASSIFICATION, Classification
from trainer.arithmetic import arithmetic_of
from trainer.classification.datasets.load import load_dataset
from trainer.classification.loop import prepare, train
from trainer.device import configure

EPOCHS = 3
TRIALS = 1_000
MEASURED = (1, 2, 4, 8, 16, 32)
ALL_KINDS: Mapping[str, list[Any]] = {
    "arch": ["yolo", "resnet", "plain", "vgg"],
    "norm": ["batch", "none", "group", "layer"],
    "optimizer": ["adam", "sgd"],
    "augment": ["none", "crop"],
    "synthetic_examples": [128, 256, 512],
}
DRAWN: Mapping[str, Mapping[str, list[Any]]] = {
    "small": {"width": [0.0625, 0.125, 0.25], "image_size": [16, 32, 48], "batch_size": [32, 64, 128]},
    "large": {"width": [0.25, 0.5, 1.0], "image_size": [32, 64, 128], "batch_size": [32, 64, 128]},
}
MOST_WORK = 120e9  # multiply-adds of an epoch, so that a network takes seconds


def draw(rng: random.Random, size: str) -> tuple[Cell, int]:
    while True:
        levels = {factor: rng.choice(some) for factor, some in {**ALL_KINDS, **DRAWN[size]}.items()}
        cell = make_cell(CLASSIFICATION, {"init": "he", "dataset": "synthetic", "epochs": EPOCHS} | levels)
        work = CLASSIFICATION.work(cell.parameters, None)
        if work is not None and work <= MOST_WORK:
            return cell, work


def measure(cell: Cell, folder: Path) -> float:
    """The seconds of an epoch: the mean over all but the first."""
    assert isinstance(cell.parameters, Classification)
    data = load_dataset(cell.parameters, folder)
    training = prepare(cell.parameters, 0, data.num_classes, torch.device("cpu"))
    ends = [time.process_time() for each in train(training, data) if isinstance(each, EpochEnd)]
    return (ends[-1] - ends[0]) / (len(ends) - 1)


def show(targets: Sequence[Known], others: Sequence[Known], rng: random.Random) -> None:
    """Foretell each of the targets from some of the others."""
    print("measured shapes  median error  truth in the range  range, as a factor")
    for number in MEASURED:
        errors, held, widths = list[float](), 0, list[float]()
        for _ in range(TRIALS):
            target = rng.choice(targets)
            known = rng.sample([other for other in others if other is not target], number)
            low, likely, high = likely_pace(target.levels, target.work, known).seconds
            truth = target.pace.seconds[1]
            errors.append(abs(math.log(likely / truth)))
            held += low <= truth <= high
            widths.append(high / likely)
        off = math.exp(median(errors)) - 1
        print(f"{number:>15}  {off:>12.0%}  {held / TRIALS:>18.0%}  {median(widths):>18.2f}", flush=True)


def trained(number: int, size: str, rng: random.Random, folder: Path) -> list[Known]:
    found: dict[str, Known] = {}
    while len(found) < number:
        cell, work = draw(rng, size)
        if shape_of(cell) not in found:
            seconds = measure(cell, folder)
            pace = Pace((seconds, seconds, seconds), 0.0, frozenset())
            found[shape_of(cell)] = Known(levels_of(cell), work, pace)
    return list(found.values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--shapes", type=int, default=64, help="how many small networks, and how many large ones; at least 33 (64)"
    )
    parser.add_argument("--seed", type=int, default=0, help="decides which are drawn (0)")
    options = parser.parse_args()
    configure()
    machine = arithmetic_of(torch.device("cpu"), 1)
    print(f"{machine['cpu']}, 1 thread, torch {machine['torch']}, load {os.getloadavg()[1]:.1f}")
    rng = random.Random(options.seed)
    with TemporaryDirectory() as folder:
        found = {size: trained(options.shapes, size, rng, Path(folder)) for size in DRAWN}
    for size, others in product(found, found):
        took = sorted(each.pace.seconds[1] for each in found[size])
        print(f"\n{len(took)} {size} networks, {took[0]:.2f} to {took[-1]:.2f} s an epoch, from {others} ones")
        show(found[size], found[others], rng)


if __name__ == "__main__":
    main()
