"""What torch.compile would gain on a CPU, its compile time included.

python -m benchmarks.compiled [--rounds 7]

A process for each network trains the same batch with the network as it is and as Inductor compiles it, a few steps each
in turn, channels-last with torch's fused Adam. Each process runs twice. The second one finds in Inductor's cache what
the first has compiled, as the second run of a shape would. A run gains only after the steps that the last columns say.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import torch
from rich.console import Console
from rich.progress import track
from rich.table import Table
from torch.nn import functional as F

from benchmarks.train import SETTINGS
from models.zoo import build_model

BATCH, CLASSES = 64, 10
TURN_SECONDS = 0.5


def stepper(arch: str, size: int, width: float, compiled: bool) -> Callable[[], None]:
    """One step of training, again and again on one batch."""
    model = build_model(arch, "batch", "he", CLASSES, size, width, torch.Generator().manual_seed(0))
    model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3, fused=True)
    images = torch.randn(BATCH, 3, size, size).contiguous(memory_format=torch.channels_last)
    labels = torch.randint(0, CLASSES, (BATCH,))
    forward = torch.compile(model) if compiled else model

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(forward(images), labels).backward()  # type: ignore[no-untyped-call]
        optimizer.step()

    return step


def seconds_of(step: Callable[[], None], steps: int) -> float:
    began = time.perf_counter()
    for _ in range(steps):
        step()
    return (time.perf_counter() - began) / steps


def measure(setting: str, rounds: int) -> dict[str, float]:
    """The seconds of a step as it is and compiled, and the seconds that compiling takes."""
    levels = SETTINGS[setting]
    shape = str(levels["arch"]), int(str(levels["image_size"])), float(str(levels["width"]))
    plain, compiled = stepper(*shape, compiled=False), stepper(*shape, compiled=True)
    first = seconds_of(plain, 1)
    # The second step may compile again, for what has changed since the first.
    compile_seconds = 2 * seconds_of(compiled, 2)
    steps = max(1, round(TURN_SECONDS / first))
    times = [(seconds_of(plain, steps), seconds_of(compiled, steps)) for _ in range(rounds)]
    before, after = (statistics.median(side) for side in zip(*times, strict=True))
    return {"plain": before, "compiled": after, "compiling": compile_seconds}


def in_process(setting: str, rounds: int, cache: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.compiled", "--setting", setting, "--rounds", str(rounds)]
    settings = {"TORCHINDUCTOR_CACHE_DIR": cache, "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def even_after(found: dict[str, float], compiling: float) -> str:
    gain = found["plain"] - found["compiled"]
    return f"{compiling / gain:,.0f} steps" if gain > 0 else "never"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each side (default 7)")
    parser.add_argument("--setting", choices=SETTINGS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.setting:
        print(json.dumps(measure(given.setting, given.rounds)))
        return
    heads = ("", "plain ms", "compiled ms", "x", "compile s", "cached s", "even after", "with the cache")
    table = Table(*heads, box=None)
    for setting in track(SETTINGS, console=Console(stderr=True)):
        with tempfile.TemporaryDirectory(prefix="evenkeel-compiled-") as cache:
            first, found = (in_process(setting, given.rounds, cache) for _ in range(2))
        times = f"{1000 * found['plain']:.1f}", f"{1000 * found['compiled']:.1f}"
        ratio, compiling = f"{found['plain'] / found['compiled']:.2f}", (first["compiling"], found["compiling"])
        even = [even_after(found, each) for each in compiling]
        table.add_row(setting, *times, ratio, *(f"{each:.0f}" for each in compiling), *even)
    Console(width=120).print(table)


if __name__ == "__main__":
    main()
