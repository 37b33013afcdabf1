"""How fast we train on a CPU, beside loops of plain PyTorch and Lightning.

python -m benchmarks.train

All loops train the same network with the same optimizer and the same batches, a few batches each in turn, and validate
after each epoch (`benchmarks.plain_loops`). Images a second count the training images. Images a CPU second count the
time in which the cores really worked for the loop: other work on the machine changes it less. The last two columns
divide by the fastest loop of plain PyTorch, round by round. The results are medians.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.plain_loops import Loop, lightning, ours, plain
from models.task import Classification
from trainer.arithmetic import arithmetic_of
from trainer.classification.data import Splits
from trainer.classification.datasets.load import load_dataset
from trainer.device import configure

# The batches that a loop trains before the next one's turn.
TURN = 4

SETTINGS = {
    f"{arch} {size}": {"arch": arch, "image_size": size} | levels
    for size, levels in (
        (32, {"dataset": "digits", "width": 0.25}),
        (128, {"dataset": "synthetic", "synthetic_examples": 256, "width": 1.0}),
    )
    for arch in ("yolo", "resnet")
}

LOOPS: dict[str, Callable[[Classification, Splits], Loop]] = {
    "ours": partial(ours, diagnose=True),
    "ours, no diagnostics": partial(ours, diagnose=False),
    "plain": partial(plain, channels_last=False),
    "plain, channels-last": partial(plain, channels_last=True),
    "slicing, channels-last": partial(plain, channels_last=True, slicing=True),
    "slicing, fused Adam": partial(plain, channels_last=True, slicing=True, fused=True),
    "Lightning": lightning,
}
OURS = ("ours", "ours, no diagnostics")
PLAIN = ("plain", "plain, channels-last", "slicing, channels-last", "slicing, fused Adam")


@dataclass
class Times:
    """The seconds of each of a loop's epochs: on the clock, and of its process's cores."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def one_epoch_each(loops: dict[str, Loop], times: dict[str, Times]) -> None:
    """Let each loop train one epoch, a few batches each in turn, and add its seconds to `times`."""
    for name in loops:
        times[name].wall.append(0.0)
        times[name].cpu.append(0.0)
    left = list(loops)
    while left:
        for name in tuple(left):
            # The plain loops do not ask for the same bits twice.
            torch.use_deterministic_algorithms(name in OURS, warn_only=True)
            wall, cpu = time.perf_counter(), time.process_time()
            ended = any(next(loops[name]) for _ in range(TURN))
            times[name].wall[-1] += time.perf_counter() - wall
            times[name].cpu[-1] += time.process_time() - cpu
            if ended:
                left.remove(name)


def measure(cell: Classification, data: Splits, rounds: int) -> dict[str, Times]:
    loops: dict[str, Loop] = {}
    for name, make in LOOPS.items():
        try:
            loops[name] = make(cell, data)
        except ModuleNotFoundError as error:
            print(f"{name}: not measured, since {error.name} is not installed")
    one_epoch_each(loops, {name: Times() for name in loops})
    times = {name: Times() for name in loops}
    for turn in range(rounds):
        first = turn % len(loops)
        names = [*loops][first:] + [*loops][:first]
        one_epoch_each({name: loops[name] for name in names}, times)
    return times


def shares(best: list[float], mine: list[float]) -> float:
    """How many times as fast as the best: the median over the rounds."""
    return statistics.median(one / other for one, other in zip(best, mine, strict=True))


def show(name: str, times: dict[str, Times], images: int) -> None:
    best = {of: min(PLAIN, key=lambda loop: statistics.median(getattr(times[loop], of))) for of in ("wall", "cpu")}
    print(f"\n{name:<24} images/s  images/CPU s  x best plain  x best plain, CPU time")
    for loop, its in times.items():
        print(
            f"{loop:<24} {images / statistics.median(its.wall):>8,.0f}  {images / statistics.median(its.cpu):>12,.0f}  "
            f"{shares(times[best['wall']].wall, its.wall):>12.2f}  {shares(times[best['cpu']].cpu, its.cpu):>22.2f}",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="epochs of each loop (5)")
    parser.add_argument("--threads", type=int, default=1, help="threads of each loop (1, as a run has)")
    parser.add_argument("--only", choices=SETTINGS, help="one of the settings (all)")
    chosen = parser.parse_args()
    configure(chosen.threads)
    machine = arithmetic_of(torch.device("cpu"), chosen.threads)
    print(
        f"{machine['cpu']}, {machine['cpu_capability']}, {chosen.threads} threads, torch {machine['torch']}, ", end=""
    )
    print(f"median of {chosen.rounds} epochs each")
    with TemporaryDirectory() as folder:
        for name in [chosen.only] if chosen.only else SETTINGS:
            levels = {"norm": "batch", "init": "he", "epochs": 10_000} | SETTINGS[name]
            cell = Classification.model_validate(levels)
            data = load_dataset(cell, Path(folder))
            show(name, measure(cell, data, chosen.rounds), len(data.train))


if __name__ == "__main__":
    main()
