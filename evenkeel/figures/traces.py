"""Draws one cell in a panel: a line for each seed, the mean and the band, and where these have fewer seeds."""

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from evenkeel.analysis.behind_bands import Whose
from evenkeel.analysis.facts import Curve
from evenkeel.analysis.finished import to_floats
from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.theme import LIGHT
from evenkeel.plugins import Metric, Outcome
from evenkeel.statistics.bands import Band
from evenkeel.statistics.evidence import EvidenceLevel
from evenkeel.statistics.values import Value

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Edge = Literal["bottom", "top"]
Drawn = Whose | Literal["mean"]  # the min-max band of these runs, or the 95 % band of the mean curve
MARKERS_A_LINE = 6


def draw_cell(axes: Axes, cell: CellSummary, style: Mapping[str, Any], band: Drawn, worst: Edge) -> None:
    """Draw the cell's seeds and, if at least three seeds have finished, its mean and band.

    Args:
        style: The style from `line_style`.
        band: Which band to draw.
        worst: The edge of the panel with the bad values. A run that diverged without a value has its cross there.
    """
    only_traces = cell.evidence.level == EvidenceLevel.TRACES
    for curve in cell.curves:
        _draw_trace(axes, curve, style, only_traces, worst)
    if not only_traces:
        _draw_band(axes, drawn_band(cell, band), _fewer(cell, band), style)


def drawn_band(cell: CellSummary, band: Drawn) -> Band:
    if band == "mean":
        found = cell.mean_band
        unknown: list[Value] = [None] * len(found.mean)
        n = [found.n] * len(found.mean)
        return Band(n, found.mean, median=unknown, min=found.low, max=found.high, std=unknown, iqm=unknown)
    return cell.bands.survivors if band == "survivors" else cell.bands.all


def drawn_values(cell: CellSummary, band: Drawn) -> list[float]:
    """Every finite value that `draw_cell` draws, without the edges of the mean's band, which may lie far away."""
    traces = [_trace(curve) for curve in cell.curves]
    edges = drawn_band(cell, band).min, drawn_band(cell, band).max
    without = cell.evidence.level == EvidenceLevel.TRACES or band == "mean"
    banded = [] if without else [to_floats(edge) for edge in edges]
    values = np.concatenate([np.array([], np.float64), *traces, *banded])
    finite: list[float] = values[np.isfinite(values)].tolist()
    return finite


def shows_shares(metric: Metric) -> bool:
    """Whether the axis of the metric ends at 1."""
    return metric.higher_is_better and metric.unit == "share"


def shares_from(values: Sequence[float]) -> float:
    """Where an axis of shares begins: at 0, or at the tenth below the lowest value if no value is below 0.5."""
    lowest = min(values, default=0.0)
    return math.floor(10 * lowest) / 10 if lowest >= 0.5 else 0.0


def has_fewer(cell: CellSummary, band: Drawn) -> bool:
    """Whether the band has fewer seeds at some epoch than have started."""
    return bool(_fewer(cell, band).any())


def started_seeds(cell: CellSummary) -> int:
    """How many seeds have started: they have a value of the metric, or diverged before their first value."""
    return sum(curve.counted and (_has_value(curve) or curve.outcome == Outcome.DIVERGED) for curve in cell.curves)


def until_divergence(curve: Curve) -> list[Value]:
    """The values up to the epoch in which the run diverged. Later values mean nothing, and may have any size."""
    return curve.values[: curve.diverged_epoch]


def _fewer(cell: CellSummary, band: Drawn) -> Mask:
    """(num_epochs,): whether fewer runs count at the epoch than have started."""
    started = started_seeds(cell)
    return np.array([n < started for n in drawn_band(cell, band).n], np.bool_)


def _draw_trace(axes: Axes, curve: Curve, style: Mapping[str, Any], alone: bool, worst: Edge) -> None:
    values = _trace(curve)
    known = np.flatnonzero(np.isfinite(values))
    if alone:
        _draw_line(axes, values, np.isfinite(values), style, 0.9)
    else:
        axes.plot(np.arange(1, len(values) + 1), values, color=style["color"], linewidth=0.5, alpha=0.45)
    if curve.outcome == Outcome.DIVERGED:
        x, y = (known[-1] + 1, values[known[-1]]) if len(known) else (1, {"bottom": 0.0, "top": 1.0}[worst])
        where = axes.transData if len(known) else axes.get_xaxis_transform()
        cross: dict[str, Any] = {"marker": "x", "markersize": 4.5, "markeredgewidth": 1.1, "linestyle": "none"}
        axes.plot([x], [y], transform=where, color=style["color"], clip_on=False, zorder=4, **cross)


def _trace(curve: Curve) -> Array:
    return to_floats(until_divergence(curve))


def _has_value(curve: Curve) -> bool:
    return any(value is not None for value in curve.values)


def _draw_band(axes: Axes, band: Band, fewer: Mask, style: Mapping[str, Any]) -> None:
    low, high, mean = map(to_floats, (band.min, band.max, band.mean))
    epochs = np.arange(1, len(mean) + 1)
    known = np.isfinite(low) & np.isfinite(high)
    lone = _lone(known)
    # The line to the first epoch with fewer seeds begins at the last epoch with all of them.
    leading = fewer | np.append(fewer, False)[1:]
    plain = {"color": style["color"], "alpha": 0.18, "linewidth": 0}
    hatched = {"facecolor": LIGHT.few, "edgecolor": style["color"], "hatch": "//////", "linewidth": 0, "zorder": 0.9}
    for which, look in ((~fewer, plain), (leading, hatched)):
        if (which & known & ~lone).any():
            axes.fill_between(epochs, low, high, where=(which & known).tolist(), **look)
    if lone.any():
        axes.vlines(epochs[lone], low[lone], high[lone], color=style["color"], alpha=0.3, linewidth=5)
    _draw_line(axes, mean, ~fewer, style, 1.5)
    _draw_line(axes, mean, leading, style, 0.7)


def _draw_line(axes: Axes, values: Array, which: Mask, style: Mapping[str, Any], width: float) -> None:
    """Draw the line at the epochs of `which`. An epoch without neighbours becomes a point."""
    if not which.any():
        return
    epochs = np.arange(1, len(values) + 1)
    every = max(1, len(values) // MARKERS_A_LINE)
    shown = np.where(which, values, np.nan)
    axes.plot(epochs, shown, **style, linewidth=width, markersize=3, markevery=every)
    lone = _lone(np.isfinite(shown))
    if lone.any():
        axes.plot(epochs[lone], values[lone], color=style["color"], marker=style["marker"] or ".", linestyle="none")


def _lone(known: Mask) -> Mask:
    """The known epochs whose neighbours are unknown."""
    padded = np.concatenate([[False], known, [False]])
    return np.asarray(known & ~padded[:-2] & ~padded[2:])
