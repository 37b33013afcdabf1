"""What the diagnostics cost: the time of an epoch with them, compared with an epoch without them.

python -m benchmarks.diagnostics

Epochs with and without them alternate. The results are medians. On a CPU, one thread trains, as in most runs.
"""

import statistics
import tempfile
import time
from pathlib import Path

import torch

from models.task import Classification
from trainer.classification.data import Splits
from trainer.classification.datasets.load import load_dataset
from trainer.classification.loop import prepare, train
from trainer.device import configure, pick_device

ROUNDS = 31

# The levels of cells that a user would run on this kind of device.
CPU_CELLS = [
    {"arch": "yolo", "dataset": "digits", "image_size": 32, "width": 0.25},
    {"arch": "resnet", "dataset": "digits", "image_size": 32, "width": 0.25},
    {"arch": "yolo", "dataset": "synthetic", "synthetic_examples": 500, "image_size": 128, "width": 0.25},
    {"arch": "resnet", "dataset": "synthetic", "synthetic_examples": 500, "image_size": 128, "width": 0.25},
]
CUDA_CELLS = [
    {"arch": arch, "dataset": "synthetic", "synthetic_examples": 20_000, "image_size": 128, "width": 1.0}
    for arch in ("yolo", "resnet")
]


def ratio(cell: Classification, data: Splits, device: torch.device) -> tuple[float, float]:
    """(seconds of an epoch without diagnostics, time of an epoch with them divided by that)."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    runs = {}
    for diagnose in seconds:
        training = prepare(cell, 0, data.num_classes, device)
        training.diagnose = diagnose
        runs[diagnose] = train(training, data)
        next(runs[diagnose])
    for turn in range(ROUNDS):
        for diagnose in (True, False) if turn % 2 else (False, True):
            started = time.perf_counter()
            next(runs[diagnose])
            seconds[diagnose].append(time.perf_counter() - started)
    ratios = [one / other for one, other in zip(seconds[True], seconds[False], strict=True)]
    return statistics.median(seconds[False]), statistics.median(ratios)


def main() -> None:
    configure()
    device = pick_device("auto")
    print(f"device {device}, {torch.get_num_threads()} threads, median of {ROUNDS} epochs each, alternating")
    with tempfile.TemporaryDirectory() as folder:
        for levels in CUDA_CELLS if device.type == "cuda" else CPU_CELLS:
            cell = Classification.model_validate({"norm": "batch", "init": "he", "epochs": 100} | levels)
            without, times = ratio(cell, load_dataset(cell, Path(folder)), device)
            name = f"{cell.arch} on {cell.dataset} at {cell.image_size}, width {cell.width}"
            print(f"{name:<45} {without:6.2f} s without diagnostics, {times - 1:+.1%} with them")


if __name__ == "__main__":
    main()
