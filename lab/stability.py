"""How far the seeds of a cell spread.

Pure functions over `curves`, float arrays of shape (num_runs, num_epochs) in which NaN stands for an epoch that a run
did not reach.
"""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from lab.status import Outcome

Array = NDArray[np.float64]


def stack_curves(values: Sequence[Sequence[float]]) -> Array:
    """(num_runs, num_epochs) from one sequence a run, short ones filled up with NaN."""
    curves = np.full((len(values), max((len(v) for v in values), default=0)), np.nan)
    for row, curve in zip(curves, values, strict=True):
        row[: len(curve)] = curve
    return curves


def describe(curves: Array) -> dict[str, Array]:
    """Over the runs, per epoch, shape (num_epochs,): n, mean, min, max, std (ddof 1, NaN for n < 2), median."""
    if len(curves) == 0:
        curves = np.full((1, curves.shape[1]), np.nan)
    with warnings.catch_warnings():
        # An epoch that no run reached, or one alone, has no such statistic: NaN says so.
        warnings.simplefilter("ignore", RuntimeWarning)
        return {
            "n": np.sum(~np.isnan(curves), axis=0).astype(np.float64),
            "mean": np.nanmean(curves, axis=0),
            "min": np.nanmin(curves, axis=0),
            "max": np.nanmax(curves, axis=0),
            "std": np.nanstd(curves, axis=0, ddof=1),
            "median": np.nanmedian(curves, axis=0),
        }


def band_width(curves: Array) -> float:
    """Mean over epochs of (max - min), over the epochs that at least two runs reached. NaN where none did."""
    stats = describe(curves)
    wide = (stats["max"] - stats["min"])[stats["n"] >= 2]
    return float(np.mean(wide)) if wide.size else float("nan")


def summarise(curves: Array, final: Array) -> dict[str, Any]:
    """A cell's numbers as JSON has them: None where there is no such number.

    curves: (num_runs, num_epochs). final: (num_finished,), the last epoch's value of each run that trained to its end.
    """
    stats = describe(curves)
    epochs = [
        {"epoch": epoch + 1, "n": int(stats["n"][epoch])}
        | {name: _number(stats[name][epoch]) for name in ("mean", "min", "max", "std", "median")}
        for epoch in range(curves.shape[1])
    ]
    end = describe(final[:, np.newaxis]) if final.size else {}
    names = ("mean", "min", "max", "std")
    return {
        "epochs": epochs,
        "final": {"n": len(final)} | {name: _number(end[name][0]) if end else None for name in names},
        "band_width": _number(band_width(curves)),
    }


def outcome_of(final_train_accuracy: float, num_examples: int, num_classes: int) -> Outcome:
    """Collapsed if the final training accuracy is no better than chance: at most the upper end of the central 99 %
    range of a binomial(num_examples, 1 / num_classes)."""
    chance = binom.ppf(0.995, num_examples, 1 / num_classes) / num_examples
    return Outcome.COLLAPSED if final_train_accuracy <= chance else Outcome.CONVERGED


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
