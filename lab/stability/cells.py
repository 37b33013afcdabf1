"""Everything that is said of a cell, for many cells of one shape at once."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lab.metrics import HIGHER_IS_BETTER, worst_value
from lab.stability.curves import Array, band_width, describe, stack_curves, until_divergence, with_worst
from lab.stability.evidence import evidence
from lab.stability.intervals import iqm_interval, mean_interval, rate_interval, std_interval
from lab.stability.outcome import epoch_of_leaving
from lab.stability.reaching import epochs_to_threshold
from lab.stability.within_run import roughness


@dataclass(frozen=True)
class CellRuns:
    """The runs of a cell that count, those training and those that finished, in the order of `seeds`.

    values, losses: the metric and the training loss as far as each run got. ended, collapsed: (num_runs,) bool.
    diverged_epoch: (num_runs,), from 1, NaN for never. num_epochs: that a run of this cell trains.
    """

    seeds: list[int]
    values: list[Array]
    losses: list[Array]
    ended: NDArray[np.bool_]
    collapsed: NDArray[np.bool_]
    diverged_epoch: Array
    num_epochs: int

    @property
    def shape(self) -> tuple[int, int]:
        """(num_runs, epochs that at least one of them has, or would have had it not diverged)."""
        longest = max((len(values) for values in self.values), default=0)
        return len(self.seeds), self.num_epochs if np.any(~np.isnan(self.diverged_epoch)) else longest


def describe_cells(cells: Sequence[CellRuns], metric: str, threshold: float | None = None) -> list[dict[str, Any]]:
    """For each cell a dict as `api.schemas.summary.CellSummary` describes it, less identity and counts; None for no
    such number."""
    by_shape: dict[tuple[int, int], list[int]] = defaultdict(list)
    for index, cell in enumerate(cells):
        by_shape[cell.shape].append(index)
    found: dict[int, dict[str, Any]] = {}
    for (_, num_epochs), indices in by_shape.items():
        group = [cells[index] for index in indices]
        found |= dict(zip(indices, _describe_group(group, num_epochs, metric, threshold), strict=True))
    return [found[index] for index in range(len(cells))]


def _describe_group(
    cells: Sequence[CellRuns], num_epochs: int, metric: str, threshold: float | None
) -> list[dict[str, Any]]:
    curves = np.stack([stack_curves(cell.values, num_epochs) for cell in cells])  # (C, R, E)
    losses = np.stack([stack_curves(cell.losses, num_epochs) for cell in cells])
    diverged = np.stack([cell.diverged_epoch for cell in cells])  # (C, R)
    surviving = until_divergence(curves, diverged)
    survivors = describe(surviving)
    everyone = describe(with_worst(curves, diverged, worst_value(metric)))
    widths = band_width(survivors)
    rough = roughness(surviving, until_divergence(losses, diverged), metric in HIGHER_IS_BETTER)
    finals = np.stack([_final(cell, num_epochs, curve) for cell, curve in zip(cells, surviving, strict=True)])  # (C, R)
    ends = _describe_finals(finals)
    return [
        {
            "evidence": evidence(len({seed for seed, ended in zip(cell.seeds, cell.ended, strict=True) if ended})),
            "divergence": _divergence(cell),
            "final": end,
            "band_width": number(widths[index]),
            "within_run": {name: _over_seeds(values[index]) for name, values in rough.items()},
            "reaching": _reaching(cell, surviving[index], metric, threshold),
            "left_survivors": _left_survivors(cell, curves[index]),
            "bands": {
                "survivors": _band(survivors, index),
                "all": _band(everyone, index),
            },
        }
        for index, (cell, end) in enumerate(zip(cells, ends, strict=True))
    ]


def _band(stats: dict[str, Array], index: int) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {name: numbers(values[index]) for name, values in stats.items()}
    return columns | {"n": stats["n"][index].astype(np.int64).tolist()}


def _final(cell: CellRuns, num_epochs: int, curves: Array) -> Array:
    """(num_runs,): the last epoch's value of the runs that trained to their end; NaN for others."""
    if num_epochs < cell.num_epochs or num_epochs == 0:
        return np.full(len(cell.seeds), np.nan)
    return np.where(cell.ended, curves[:, cell.num_epochs - 1], np.nan)


def _describe_finals(finals: Array) -> list[dict[str, Any]]:
    stats = {name: values[..., 0] for name, values in describe(finals[..., np.newaxis]).items()}
    n = stats.pop("n")
    with np.errstate(invalid="ignore", over="ignore"):
        stats["mean_low"], stats["mean_high"] = mean_interval(stats["mean"], stats["std"], n)
        stats["std_low"], stats["std_high"] = std_interval(stats["std"], n)
    bootstrapped = [iqm_interval(values[~np.isnan(values)]) for values in finals]
    stats["iqm_low"], stats["iqm_high"] = np.array(bootstrapped).reshape(-1, 2).T
    return [
        {"n": int(count)} | {name: number(values[index]) for name, values in stats.items()}
        for index, count in enumerate(n)
    ]


def _divergence(cell: CellRuns) -> dict[str, Any]:
    n, diverged = int(cell.ended.sum()), int(np.sum(~np.isnan(cell.diverged_epoch)))
    collapsed = int(cell.collapsed.sum())
    low, high = rate_interval(np.array(diverged + collapsed), np.array(n))
    rate = (diverged + collapsed) / n if n else None
    return {"n": n, "diverged": diverged, "collapsed": collapsed, "rate": rate, "low": float(low), "high": float(high)}


def _over_seeds(values: Array) -> dict[str, float | None]:
    known = values[~np.isnan(values)]
    return {"median": float(np.median(known)), "worst": float(known.max())} if known.size else _UNKNOWN


_UNKNOWN: dict[str, float | None] = {"median": None, "worst": None}


def _reaching(cell: CellRuns, curves: Array, metric: str, threshold: float | None) -> dict[str, Any] | None:
    if threshold is None:
        return None
    return epochs_to_threshold(curves, cell.ended, cell.num_epochs, threshold, metric in HIGHER_IS_BETTER)


def _left_survivors(cell: CellRuns, curves: Array) -> list[dict[str, int]]:
    """For each diverged run the epoch from which on it stayed outside the range of those that did not diverge."""
    diverged = ~np.isnan(cell.diverged_epoch)
    if not diverged.any() or diverged.all():
        return []
    range_ = describe(curves[~diverged])
    return [
        {"seed": cell.seeds[run], "epoch": epoch_of_leaving(curves[run], range_["min"], range_["max"], at)}
        | {"diverged_epoch": at}
        for run in np.flatnonzero(diverged)
        for at in [int(cell.diverged_epoch[run])]
    ]


def number(value: float) -> float | None:
    """As JSON has it: None for what is not finite."""
    return float(value) if np.isfinite(value) else None


def numbers(values: Array) -> list[float | None]:
    listed: list[float | None] = values.tolist()
    return listed if np.isfinite(values).all() else [number(value) for value in values]
