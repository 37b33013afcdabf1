"""How long an epoch takes on busy cores if OpenMP's threads sleep (passive) or spin (active) while they wait.

python -m benchmarks.waiting [--rounds 5] [--busy 2]

A small network trains on two threads while `--busy` other processes compute without a pause. Each measurement is a
process of its own, since OpenMP reads the setting when torch is loaded. It trains one epoch to warm up and one that
counts. The settings alternate, and the results are medians. "unset" is OpenMP's own choice: to spin for a while.
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
# A busy process ends when its parent has ended, for whatever reason.
BUSY = "import os; parent = os.getppid()\nwhile os.getppid() == parent: pass"


def epoch_seconds() -> float:
    """The seconds of the second epoch of a small network, which trains in this process."""
    # These are imported here because the process that starts the others does not need torch.
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
    """The seconds of one epoch with a policy, measured in a new process."""
    unset = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    command = [sys.executable, "-m", "benchmarks.waiting", "--alone"]
    return float(subprocess.check_output(command, env=unset | POLICIES[policy], text=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="number of measurements of each setting (default 5)")
    parser.add_argument("--busy", type=int, default=2, help="processes that compute without a pause (default 2)")
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
    print(f"one epoch with {THREADS} threads on {cores} cores, beside {options.busy} busy processes,")
    print(f"{options.rounds} measurements of each setting:")
    passive = statistics.median(seconds["passive"])
    for policy, measured in seconds.items():
        median, spread = statistics.median(measured), f"{min(measured):.2f} to {max(measured):.2f}"
        print(f"{policy:8} median {median:6.2f} s ({spread})   {median / passive:5.2f} x passive")


if __name__ == "__main__":
    main()
