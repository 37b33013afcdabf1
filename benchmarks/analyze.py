"""How long `evenkeel analyze` takes from a cold start, compared with a script of pandas, statsmodels and matplotlib.

python -m benchmarks.analyze [--rounds 5]

The file has 8 cells x 5 seeds x 50 epochs. `evenkeel analyze` writes its whole report. The script is what many would
write instead: the mean and the band of each cell in one figure, and an analysis of variance of the final values. Both
must find the same largest mean. They run in turn, so that other work on the machine slows both alike. The CPU time is
the time that a command itself computes. On a busy machine a command also waits.
"""

import argparse
import csv
import statistics
import sys
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.commands import timed

ANALYZE = (
    "import sys; from evenkeel.cli import app; sys.exit(app(['analyze', 'runs.csv', '--metric', 'accuracy', "
    "'--better', 'higher', '--epoch', 'epoch', '-o', 'report']))"
)
SCRIPT = """
import matplotlib
matplotlib.use("svg")
import matplotlib.pyplot as plt
import pandas as pd
import statsmodels.formula.api as smf
from statsmodels.stats.anova import anova_lm

runs = pd.read_csv("runs.csv")
factors = ["net", "layer", "lr"]
final = runs[runs["epoch"] == runs["epoch"].max()]
print(final.groupby(factors)["accuracy"].agg(["mean", "std", "min", "max"]))
model = smf.ols("accuracy ~ C(net, Sum) * C(layer, Sum) * C(lr, Sum)", final).fit()
print(anova_lm(model, typ=3))
for name, cell in runs.groupby(factors):
    band = cell.groupby("epoch")["accuracy"].agg(["mean", "min", "max"])
    plt.plot(band.index, band["mean"], label=str(name))
    plt.fill_between(band.index, band["min"], band["max"], alpha=0.2)
plt.legend()
plt.savefig("figure.svg")
"""
COMMANDS = {"evenkeel analyze": ANALYZE, "pandas + statsmodels + matplotlib": SCRIPT}
SEEDS, EPOCHS = 5, 50


def write_runs(path: Path) -> str:
    """Write the runs. Returns the first digits of the largest mean final value."""
    rng = np.random.default_rng(0)
    means = []
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["net", "layer", "lr", "seed", "epoch", "accuracy"])
        for place, levels in enumerate(product(("deep", "wide"), ("batch", "plain"), (0.01, 0.1))):
            tops = 0.6 + 0.04 * place + rng.normal(0, 0.01, SEEDS)
            means.append(float(np.mean(tops)))
            for seed, top in enumerate(tops):
                for epoch in range(1, EPOCHS + 1):
                    writer.writerow([*levels, seed, epoch, top * (1 - 0.5 * (1 - epoch / EPOCHS) ** 2)])
    return f"{max(means):.6f}"[:4]


def measure(code: str, folder: Path, expected: str) -> tuple[float, float]:
    """Run a command once. Returns (seconds, seconds of CPU time). Raises RuntimeError if its answer is another."""
    done, taken = timed([sys.executable, "-c", code], folder)
    if done.returncode != 0 or expected not in done.stdout:
        raise RuntimeError(f"expected {expected}, exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
    with TemporaryDirectory() as name:
        folder = Path(name)
        expected = write_runs(folder / "runs.csv")
        for _ in range(rounds):
            for command, code in COMMANDS.items():
                taken[command].append(measure(code, folder, expected))
    print(f"8 cells x {SEEDS} seeds x {EPOCHS} epochs, cold, medians of {rounds} rounds:")
    for place, what in enumerate(("seconds", "CPU seconds")):
        medians = {name: statistics.median(pair[place] for pair in pairs) for name, pairs in taken.items()}
        ours, theirs = medians.values()
        told = ", ".join(f"{name} {median:.2f}" for name, median in medians.items())
        print(f"{what}: {told}. Ratio {theirs / ours:.2f}.")


if __name__ == "__main__":
    main()
