"""An epoch beside busy cores, by what OpenMP's threads do while they wait for each other: sleep (passive) or spin.

python -m benchmarks.waiting [--rounds 5] [--busy 2]

A small network trains on two threads beside `--busy` processes that never rest. Each measurement is a process of its
own, since OpenMP reads the setting when torch is loaded: one epoch to warm up, one that counts. Interleaved, medians.
"unset" is OpenMP's own choice, which is to spin for a while.
"""

import argparse
import os
import statistics
import subprocess
import sys

POLICIES: dict[str, dict[str, str]] = {
    "passive": {"OMP_WAIT_POLICY": "passive"},
    "active": {"OMP_WAIT_POLICY": "active"},
    "unset": {},
}
THREADS = 2
# Ends with its parent, however that ends.
BUSY = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"


def epoch_seconds() -> float:
    """Of the second epoch of a small network, in this process."""
    # Imported here: the process that starts the others has no use for torch.
    import tempfile
    from pathlib import Path

    import torch

    from evenkeel.plugins import EpochEnd
    from models.task import Classification
    from trainer.classification.datasets.load import load_dataset
    from trainer.classification.loop import prepare, train
    from trainer.device import configure

    configure(THREADS)
    levels = {"arch": "yolo", "norm": "batch", "init": "he", "image_size": 16, "width": 0.125, "epochs": 2}
    cell = Classification.model_validate(levels | {"dataset": "digits", "train_fraction": 0.25})
    with tempfile.TemporaryDirectory() as folder:
        data = load_dataset(cell, Path(folder))
        ends = list(train(prepare(cell, 0, data.num_classes, torch.device("cpu")), data))
    return [end.seconds for end in ends if isinstance(end, EpochEnd)][-1]


def measure(policy: str) -> float:
    unset = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    command = [sys.executable, "-m", "benchmarks.waiting", "--alone"]
    return float(subprocess.check_output(command, env=unset | POLICIES[policy], text=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (default 5)")
    parser.add_argument("--busy", type=int, default=2, help="processes that never rest (default 2)")
    parser.add_argument("--alone", action="store_true", help="measure in this process and print the seconds")
    options = parser.parse_args()
    if options.alone:
        return print(epoch_seconds())
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(options.busy)]
    seconds: dict[str, list[float]] = {policy: [] for policy in POLICIES}
    try:
        for _ in range(options.rounds):
            for policy, measured in seconds.items():
                measured.append(measure(policy))
    finally:
        for process in busy:
            process.kill()
            process.wait()
    cores = len(os.sched_getaffinity(0))
    print(f"one epoch, {THREADS} threads on {cores} cores beside {options.busy} busy processes, of {options.rounds}:")
    passive = statistics.median(seconds["passive"])
    for policy, measured in seconds.items():
        median, spread = statistics.median(measured), f"{min(measured):.2f} to {max(measured):.2f}"
        print(f"{policy:8} median {median:6.2f} s ({spread})   {median / passive:5.2f} x passive")


if __name__ == "__main__":
    main()
