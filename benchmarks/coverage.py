"""How often the 95 % intervals contain the true value, with 3, 5, 10 and 30 seeds.

python -m benchmarks.coverage [--samples 20000]

The data are simulated, so the true value is known. There are two kinds: final accuracies that are normally distributed
(mean 0.9, std 0.02), and the same with 15 % of them collapsed to chance (0.1). For comparison the table also has the
percentile bootstrap of the mean, which many tools draw.

A second table is about shares: the intervals that the summary shows for them beside Student's and the chi-square's.
"""

import argparse
import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from scipy import stats
from scipy.special import expit

from evenkeel.statistics.compare import Sample, compare
from evenkeel.statistics.intervals import BOOTSTRAP_FROM, iqm_interval, mean_interval, rate_interval, std_interval
from evenkeel.statistics.shares import share_intervals

Values = NDArray[np.float64]
SIZES = (3, 5, 10, 30)
MEAN, STD, CHANCE, SHARE = 0.9, 0.02, 0.1, 0.15
BOOTSTRAPS = 1000


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    return rng.normal(MEAN, STD, shape)


def collapsing(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    return np.where(rng.uniform(size=shape) < SHARE, CHANCE, normal(rng, shape))


def near_one(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Logit-normal with median 0.98. One standard deviation lower it is 0.947."""
    return np.asarray(expit(rng.normal(3.9, 1.0, shape)))


def far_from_one(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    return rng.normal(0.7, STD, shape)


def at_the_ceiling(rng: np.random.Generator, shape: tuple[int, ...]) -> Values:
    """Accuracies over 100 examples, of networks whose true accuracy has the median 0.995. Over half are exactly 1."""
    return np.asarray(rng.binomial(100, expit(rng.normal(5.3, 0.7, shape))) / 100)


Draw = Callable[[np.random.Generator, tuple[int, ...]], Values]
WORLDS: dict[str, Draw] = {"normal": normal, "15 % collapsed": collapsing}
SHARES: dict[str, Draw] = {
    "logit-normal at 0.98": near_one,
    "normal at 0.7": far_from_one,
    "100 examples at 0.995": at_the_ceiling,
}


def truths(draw: Draw) -> dict[str, float]:
    """The true values of a kind of data, computed from 4 million draws."""
    many = draw(np.random.default_rng(1), (4_000_000,))
    return {"mean": float(many.mean()), "std": float(many.std()), "iqm": float(stats.trim_mean(many, 0.25))}


def share(low: Values, high: Values, truth: float) -> float:
    """The share of intervals that contain the true value."""
    return float(np.mean((low <= truth) & (truth <= high)))


def bootstrap_of_mean(samples: Values, rng: np.random.Generator) -> tuple[Values, Values]:
    """The lower and upper ends (N,) of the percentile bootstrap's intervals for the means of samples (N, n)."""
    n = samples.shape[1]
    picked = samples[:, rng.integers(0, n, (BOOTSTRAPS, n))].mean(axis=2)
    low, high = np.quantile(picked, (0.025, 0.975), axis=1)
    return low, high


def cover(draw: Draw, n: int, num_samples: int) -> dict[str, float]:
    """For each kind of interval, the share of samples of `n` seeds whose interval contains the true value."""
    rng = np.random.default_rng(n)
    samples, truth = draw(rng, (num_samples, n)), truths(draw)
    sizes = np.full(num_samples, n)
    mean, std = samples.mean(axis=1), samples.std(axis=1, ddof=1)
    found = {
        "mean, t": share(*mean_interval(mean, std, sizes), truth["mean"]),
        "std, chi-square": share(*std_interval(std, sizes), truth["std"]),
        "mean, bootstrap (not ours)": share(*bootstrap_of_mean(samples[:2000], rng), truth["mean"]),
        "rate of 15 %, Clopper-Pearson": share(*rate_interval(rng.binomial(n, SHARE, num_samples), sizes), SHARE),
        "P(better) of equals, Newcombe": better(samples, num_samples // 10),
    }
    if n >= BOOTSTRAP_FROM:
        low, high = np.array([iqm_interval(sample) for sample in samples[:2000]]).T
        found["iqm, bootstrap"] = share(low, high, truth["iqm"])
    return found


def cover_shares(draw: Draw, n: int, num_samples: int) -> dict[str, float]:
    """For each kind of interval, the share of those that exist that contain the true value."""
    samples, truth = draw(np.random.default_rng(n), (num_samples, n)), truths(draw)
    samples = samples[np.ptp(samples, axis=1) > 0]
    sizes = np.full(len(samples), n)
    mean, std = samples.mean(axis=1), samples.std(axis=1, ddof=1)
    ours = np.array([share_intervals(sample) for sample in samples]).T
    there = ~np.isnan(ours[2])
    found = {
        "mean, ours": share(ours[0], ours[1], truth["mean"]),
        "mean, t": share(*mean_interval(mean, std, sizes), truth["mean"]),
        "std, chi-square": share(*std_interval(std, sizes), truth["std"]),
        "std, share of cells with ours": float(there.mean()),
    }
    return found | ({"std, ours": share(ours[2][there], ours[3][there], truth["std"])} if there.any() else {})


def better(samples: Values, pairs: int) -> float:
    """The share of pairs of equal cells whose interval of P(better) contains 1/2, which is the true value."""
    held = 0
    for a, b in zip(samples[:pairs], samples[pairs : 2 * pairs], strict=True):
        found = compare(Sample(a, a, 0, len(a)), Sample(b, b, 0, len(b)), higher_is_better=True).improvement
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.5 <= found.high
    return held / pairs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=20_000)
    options = parser.parse_args()
    with Progress(transient=True, console=Console(stderr=True)) as progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        print_table(WORLDS, lambda draw, n: cover(draw, n, options.samples), progress)
        print()
        print_table(SHARES, lambda draw, n: cover_shares(draw, n, options.samples // 10), progress)


def print_table(worlds: dict[str, Draw], measure: Callable[[Draw, int], dict[str, float]], progress: Progress) -> None:
    """Print a row for each kind of interval, with a column for each world and each number of seeds."""
    found: dict[str, dict[tuple[str, int], float]] = {}
    task = progress.add_task("simulating", total=len(worlds) * len(SIZES))
    for world, draw in worlds.items():
        for n in SIZES:
            for name, value in measure(draw, n).items():
                found.setdefault(name, {})[world, n] = value
            progress.advance(task)
    heads = " | ".join(f"{world}, n = {n}" for world in worlds for n in SIZES)
    print(f"| 95 % interval of | {heads} |")
    print(f"|---|{'---|' * (len(worlds) * len(SIZES))}")
    for name, values in found.items():
        shown = " | ".join(f"{values[w, n]:.1%}" if (w, n) in values else "-" for w in worlds for n in SIZES)
        print(f"| {name} | {shown} |")


if __name__ == "__main__":
    main()
