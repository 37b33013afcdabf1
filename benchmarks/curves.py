"""How often the intervals and bands of whole curves contain the truth, with 3, 5, 10 and 30 seeds.

python -m benchmarks.curves [--samples 1000]

The curves are simulated, so the truth is known. Neighbouring epochs correlate by rho. The tables are about the band of
the mean curve, the area under the curve, the restricted mean number of epochs to a threshold, the sensitivity to an
ordered factor, and how often the whole curve of the next seed stays inside the min-max band.
"""

import argparse
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from scipy.special import expit

from evenkeel.factors.sensitivity import sensitivity_of
from evenkeel.statistics.area import describe_areas
from evenkeel.statistics.restricted import restricted_mean
from evenkeel.statistics.simultaneous import mean_band

Values = NDArray[np.float64]
Rng = np.random.Generator
SIZES = (3, 5, 10, 30)
EPOCHS, LEVELS, WORST, NEVER = 10, 5, 2.3, np.inf
RISING = np.linspace(0, 3.9, EPOCHS)  # logits: from 0.5 to 0.98
MEANS = np.array([1.0, 0.5, 0.3, 0.4, 0.8])


def walks(rng: Rng, runs: int, rho: float, epochs: int = EPOCHS) -> Values:
    """(runs, epochs): standard normal curves."""
    curves = rng.normal(size=(runs, epochs))
    for epoch in range(1, epochs):
        curves[:, epoch] = rho * curves[:, epoch - 1] + (1 - rho**2) ** 0.5 * curves[:, epoch]
    return curves


def band(rho: float, share: bool = False, epochs: int = EPOCHS) -> Callable[[Rng, int], bool]:
    truth = expit(RISING + np.random.default_rng(1).normal(size=(10**5, 1))).mean(axis=0) if share else np.zeros(epochs)

    def held(rng: Rng, n: int) -> bool:
        curves = walks(rng, n, rho, epochs)
        found = mean_band(expit(RISING + curves) if share else curves, share)
        return bool(np.all((np.array(found.low) <= truth) & (truth <= np.array(found.high))))

    return held


def area(rho: float) -> Callable[[Rng, int], bool]:
    truth = float(expit(RISING + walks(np.random.default_rng(1), 10**5, rho)).mean())

    def held(rng: Rng, n: int) -> bool:
        [found] = describe_areas(expit(RISING + walks(rng, n, rho))[np.newaxis], share=True)
        return found.low is not None and found.high is not None and found.low <= truth <= found.high

    return held


def reaching(never: float, late: float, method: str) -> Callable[[Rng, int], bool]:
    def draw(rng: Rng, runs: int) -> Values:
        epochs = np.clip(np.round(rng.normal(late, 1, runs)), 1, EPOCHS)
        return np.where(rng.uniform(size=runs) < never, NEVER, epochs)

    truth = float(np.minimum(draw(np.random.default_rng(1), 10**6), EPOCHS).mean())

    def held(rng: Rng, n: int) -> bool:
        epochs = draw(rng, n)
        if method == "ours":
            found = restricted_mean(epochs, EPOCHS)
            return found.low <= truth <= found.high
        needed = np.minimum(epochs, EPOCHS)
        # Without censoring, Greenwood's variance of the restricted mean is the variance with ddof 0, over n.
        if method == "greenwood":
            half = stats.norm.isf(0.025) * needed.std() / n**0.5
        else:
            half = stats.t.isf(0.025, n - 1) * needed.std(ddof=1) / n**0.5
        return bool(abs(needed.mean() - truth) <= half)

    return held


def sensitivity(means: Values, noise: Values, lost: float = 0.0, rho: float = 0.0) -> Callable[[Rng, int], bool]:
    """lost: the share of the runs at the last level that diverge. rho: the correlation of the runs of one seed."""
    at_last = means[-1] * (1 - lost) + WORST * lost
    true_means = np.append(means[:-1], at_last)
    truth = float(true_means.mean() - true_means.min())

    def held(rng: Rng, n: int) -> bool:
        common = rho**0.5 * rng.normal(size=(n, 1)) + (1 - rho) ** 0.5 * rng.normal(size=(n, LEVELS))
        losses = means + noise * common
        losses[:, -1] = np.where(rng.uniform(size=n) < lost, WORST, losses[:, -1])
        seeds = np.repeat(np.arange(n), LEVELS) if rho else np.arange(n * LEVELS)
        _, low, high = sensitivity_of(losses.reshape(-1), np.tile(np.arange(LEVELS), n), seeds)
        return low <= truth <= high

    return held


def sensitivity_of_shares(logits: Values) -> Callable[[Rng, int], bool]:
    true_means = expit(logits + np.random.default_rng(1).normal(size=(10**6, 1))).mean(axis=0)
    truth = float(true_means.max() - true_means.mean())

    def held(rng: Rng, n: int) -> bool:
        losses = -expit(logits + rng.normal(size=(n, LEVELS)))
        _, low, high = sensitivity_of(losses.reshape(-1), np.tile(np.arange(LEVELS), n), np.arange(n * LEVELS))
        return low <= truth <= high

    return held


def stays_inside(rho: float, epochs: int = EPOCHS) -> Callable[[Rng, int], bool]:
    def held(rng: Rng, n: int) -> bool:
        *curves, following = walks(rng, n + 1, rho, epochs)
        return bool(np.all((np.min(curves, axis=0) <= following) & (following <= np.max(curves, axis=0))))

    return held


EVEN = np.full(LEVELS, 0.05)
ROWS: dict[str, Callable[[Rng, int], bool]] = {
    "band of the mean, rho 0": band(0.0),
    "band of the mean, rho 0.5": band(0.5),
    "band of the mean, rho 0.9": band(0.9),
    "band of the mean, rho 0.99": band(0.99),
    "band of the mean, rho 0.9, 50 epochs": band(0.9, epochs=50),
    "band of the mean, shares up to 0.98, rho 0.9": band(0.9, share=True),
    "area, shares up to 0.98, rho 0.9": area(0.9),
    "epochs to a threshold, all reach it": reaching(0.0, 5, "ours"),
    "epochs to a threshold, 10 % never": reaching(0.1, 4, "ours"),
    "the same, t (not ours)": reaching(0.1, 4, "t"),
    "the same, Greenwood (not ours)": reaching(0.1, 4, "greenwood"),
    "epochs to a threshold, 30 % never": reaching(0.3, 4, "ours"),
    "sensitivity, one best level": sensitivity(MEANS, EVEN),
    "sensitivity, no level better": sensitivity(np.full(LEVELS, 0.3), EVEN),
    "sensitivity, a noisy level": sensitivity(MEANS, np.array([0.05, 0.05, 0.05, 0.05, 0.5])),
    "sensitivity, seeds alike, rho 0.8": sensitivity(MEANS, EVEN, rho=0.8),
    "sensitivity, half of the last level diverge": sensitivity(MEANS, EVEN, lost=0.5),
    "sensitivity, shares from 0.73 to 0.98": sensitivity_of_shares(np.array([1.0, 2.5, 3.9, 3.5, 1.5])),
    "sensitivity, shares, every level at 0.98": sensitivity_of_shares(np.full(LEVELS, 3.9)),
    "next whole curve in the min-max band, rho 0.5": stays_inside(0.5),
    "next whole curve in the min-max band, rho 0.9": stays_inside(0.9),
    "next whole curve, rho 0.9, 50 epochs": stays_inside(0.9, 50),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=1000)
    samples = parser.parse_args().samples
    print(f"| holds | {' | '.join(f'n = {n}' for n in SIZES)} |\n|---|{'---|' * len(SIZES)}")
    for name, held in ROWS.items():
        shares = []
        for n in SIZES:
            rng = np.random.default_rng(n)
            shares.append(sum(held(rng, n) for _ in range(samples)) / samples)
        print(f"| {name} | {' | '.join(f'{share:.1%}' for share in shares)} |", flush=True)


if __name__ == "__main__":
    main()
