"""How far the estimates of a plan are from what its runs then take: python -m benchmarks.estimates [--rounds 2]

A real worker of an embedded stack trains tiny runs in one slot. For each shape of network one run is trained first: a
pilot of two epochs, or a run of four. Then a grid of four runs of twelve epochs with other learning rates is planned
and posted. After that the same is done with a shape of each network that was not trained before: its images and its
filters are larger. Compared are the time for which the runs keep the slot busy, and the time until the last of them has
ended. Prints the median and the largest absolute error in percent, and how often the truth lay in the range of a shape
that was not trained before. `python -m benchmarks.unmeasured` tries many more of these.
"""

import argparse
import os
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from evenkeel.client import Client
from tests.support.services import RunningStack, wait_for

SHAPES = ("yolo", "vgg", "plain", "resnet")
MEASURED = {"a pilot of two epochs": 2, "a run of four epochs": 4}
UNMEASURED = "other shapes alone"
EPOCHS = 12
WAIT_SECONDS = 600.0


@dataclass(frozen=True)
class Shape:
    arch: str
    width: float
    image_size: int = 16


@dataclass(frozen=True)
class Off:
    """The errors of the device time and of the end, as shares, and whether the device time lay in its range."""

    device: float
    end: float
    held: bool


def study(name: str, shape: Shape, epochs: int, rates: list[float], seeds: int) -> dict[str, Any]:
    train = {"norm": "batch", "init": "he", "epochs": epochs} | asdict(shape)
    return {"name": name, "grid": {"lr": rates}, "seeds": seeds, "train": train}


def finish(lab: Client, name: str) -> list[Any]:
    """Wait until the runs of an experiment have ended. Returns their attempts."""

    def over() -> bool:
        status = lab.experiment(name)["num_runs"]["status"]
        return not (status["queued"] or status["running"])

    wait_for(over, WAIT_SECONDS, name)
    return [attempt for run in lab.runs(name) for attempt in lab.run(run["id"])["attempts"]]


def errors(lab: Client, name: str, shape: Shape, epochs: int) -> Off:
    """Train one run of so many epochs, or none for 0. Then plan four and train them."""
    if epochs:
        lab.submit(study(f"{name}-first", shape, epochs, [1e-3], 1))
        finish(lab, f"{name}-first")
    planned = study(name, shape, EPOCHS, [1e-4, 3e-4], 2)
    estimate, posted_ms = lab.plan(planned)["estimate"], time.time() * 1000
    lab.submit(planned)
    attempts = finish(lab, name)
    took = sum(attempt["ended_ms"] - attempt["began_ms"] for attempt in attempts) / 1000
    end = (max(attempt["ended_ms"] for attempt in attempts) - posted_ms) / 1000
    print(f"{name}: {estimate['says']} They took {took:.1f} s, and ended after {end:.1f} s.", flush=True)
    return Off(
        abs(estimate["device_seconds"] / took - 1),
        abs(estimate["finish_seconds"] / end - 1),
        estimate["device_seconds_low"] <= took <= estimate["device_seconds_high"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2, help="how often each shape is tried (default 2)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="evenkeel-estimates-") as folder:
        stack = RunningStack(Path(folder) / "data", slots=1)
        try:
            found: dict[str, list[Off]] = {how: [] for how in (*MEASURED, UNMEASURED)}
            for number in range(options.rounds):
                for place, arch in enumerate(SHAPES):
                    for how, epochs in MEASURED.items():
                        # Another width is another shape, and hardly another time.
                        shape = Shape(arch, 0.125 + 1e-3 * (len(MEASURED) * number + epochs))
                        name = f"{arch}-{number}-{place}-{epochs}"
                        found[how].append(errors(stack.client, name, shape, epochs))
            for place, arch in enumerate(SHAPES):
                shape = Shape(arch, 0.25, 24)
                found[UNMEASURED].append(errors(stack.client, f"{arch}-new-{place}", shape, 0))
        finally:
            stack.stop()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[1]:.1f}")
    for how, each in found.items():
        for what, shares in (("device time", [off.device for off in each]), ("end", [off.end for off in each])):
            print(f"after {how}, {what}: median {median(shares):.0%}, largest {max(shares):.0%}, n = {len(shares)}")
    held = [off.held for off in found[UNMEASURED]]
    print(f"after {UNMEASURED}, the range of the device time held in {sum(held)} of {len(held)} cases")


if __name__ == "__main__":
    main()
