"""What the diagnostics cost on a CPU: the time of an epoch with them, divided by that of an epoch without them.

python -m benchmarks.diagnostics [--trainings 5] [--rounds 5]

Three trainings of the same network train a few batches each in turn, in one thread: one with diagnostics, and two
without them. The second of these shows how far two equal trainings lie apart. Where a training lies in memory makes it
some percent faster or slower, so new ones are made several times. The results are medians of CPU time.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from benchmarks.plain_loops import ours
from benchmarks.train import Times, one_epoch_each, shares
from models.task import Classification
from trainer.classification.data import Splits
from trainer.classification.datasets.load import load_dataset
from trainer.device import configure

# The levels of cells that a user would run on a CPU.
CELLS = [
    {"arch": arch, "width": 0.25} | levels
    for levels in (
        {"dataset": "digits", "image_size": 32},
        {"dataset": "synthetic", "synthetic_examples": 500, "image_size": 128},
    )
    for arch in ("yolo", "resnet")
]
WITH, WITHOUT, AGAIN = "with them", "without them", "without them again"


def ratios(cell: Classification, data: Splits, turn: int, rounds: int) -> dict[str, float]:
    """Name of a training -> how many times as long as WITHOUT it takes."""
    names = [WITH, WITHOUT, AGAIN]
    # The one that is made first is not always the same.
    names = names[turn % 3 :] + names[: turn % 3]
    loops = {name: ours(cell, data, diagnose=name == WITH) for name in names}
    one_epoch_each(loops, {name: Times() for name in names})
    times = {name: Times() for name in names}
    for _ in range(rounds):
        one_epoch_each(loops, times)
    return {name: shares(times[name].cpu, times[WITHOUT].cpu) for name in (WITH, AGAIN)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainings", type=int, default=5, help="how often new trainings are made (5)")
    parser.add_argument("--rounds", type=int, default=5, help="epochs of each training (5)")
    given = parser.parse_args()
    configure()
    with tempfile.TemporaryDirectory() as folder:
        for levels in CELLS:
            cell = Classification.model_validate({"norm": "batch", "init": "he", "epochs": 10_000} | levels)
            data = load_dataset(cell, Path(folder))
            found = [ratios(cell, data, turn, given.rounds) for turn in range(given.trainings)]
            middle = {name: statistics.median(each[name] for each in found) - 1 for name in (WITH, AGAIN)}
            name = f"{cell.arch} at {cell.image_size} pixels"
            print(
                f"{name:<22} {middle[WITH]:+.1%} with diagnostics, {middle[AGAIN]:+.1%} without them again", flush=True
            )


if __name__ == "__main__":
    main()
