"""Draws the final values of cells over the levels of a numeric factor: one line of one panel."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from evenkeel.analysis.finished import SampledCurve, final_value, finished_curves
from evenkeel.analysis.summary import CellSummary
from evenkeel.factors.sensitivity import Sensitivity
from evenkeel.figures.style import Style
from evenkeel.grids.levels import show
from evenkeel.plugins import Metric, Outcome
from evenkeel.statistics.curves import Array

DECADES = 2  # a metric that spans more of them gets a logarithmic axis
LETTER = 0.06  # inches: width of a letter in the labels of an axis
BESIDE, MARGIN = 0.01, 0.05  # shares of the axis: the step between lines, and the room at both ends


@dataclass(frozen=True)
class Line:
    """The cells that differ in the factor only.

    Attributes:
        name: The levels of the other factors.
        cells: In the order of the factor's levels.
        found: Their sensitivity; None if fewer than three levels have a run that counts.
    """

    name: str
    cells: list[CellSummary]
    found: Sensitivity | None


def draw_line(axes: Axes, line: Line, x: str, metric: Metric, start: float | None, style: Style, beside: float) -> None:
    """Draw the mean and the band of a line, and each of its runs.

    Args:
        start: See `value_of`.
        beside: How many steps to move the line to the right, so that lines do not hide each other.
    """
    points: list[tuple[float, Array]] = []
    for cell in line.cells:
        at = _beside(axes, float(cell.levels[x]), BESIDE * beside)
        finals = [(curve.outcome, value_of(cell, curve, metric, start)) for curve in finished_curves(cell)]
        for outcome, value in finals:
            _draw_run(axes, at, value, outcome is Outcome.DIVERGED, style, metric)
        values = np.array([value for _, value in finals if np.isfinite(value)])
        points += [(at, values)] if len(values) else []
    places = [at for at, _ in points]
    low, mean, high = ([float(of(values)) for _, values in points] for of in (np.min, np.mean, np.max))
    axes.fill_between(places, low, high, color=style["color"], alpha=0.16, linewidth=0)
    axes.plot(places, mean, linewidth=1.4, markersize=3.5, **marked(style))


def marked(style: Style) -> Style:
    """The style with a marker: the levels between the markers were not trained."""
    return {**style, "marker": style["marker"] or "o"}


def value_of(cell: CellSummary, curve: SampledCurve, metric: Metric, start: float | None) -> float:
    """The final value that a run counts with. start: the value before training; no run counts with a worse one."""
    value = final_value(cell, curve, metric)
    if start is None or (np.isnan(value) and curve.outcome is not Outcome.DIVERGED):
        return value
    return max(value, start) if metric.higher_is_better else min(value, start)


def _draw_run(axes: Axes, at: float, value: float, diverged: bool, style: Style, metric: Metric) -> None:
    """Draw a run as a dot, or as a cross if it diverged. A cross without a value lies on the edge of the bad values."""
    cross: dict[str, Any] = {"marker": "x", "markersize": 4.5, "markeredgewidth": 1.1, "zorder": 4}
    dot: dict[str, Any] = {"marker": ".", "markersize": 3, "alpha": 0.5}
    look = {"color": style["color"], "linestyle": "none", "clip_on": False, **(cross if diverged else dot)}
    if np.isfinite(value):
        axes.plot([at], [value], **look)
    elif diverged:
        edge = 0.0 if metric.higher_is_better else 1.0
        axes.plot([at], [edge], transform=axes.get_xaxis_transform(), **look)


def set_scales(axes: Axes, levels: Sequence[float], values: Sequence[float], metric: Metric, width: float) -> None:
    """Set the scales of the first panel, which the others share.

    x is logarithmic where that sets the levels more evenly. If there is no room for the labels of all levels, each
    second or third level has one. width: that of the panel in inches.
    """
    if levels[0] > 0 and _unevenness(np.log(levels)) < _unevenness(np.array(levels)):
        axes.set_xscale("log")
    axes.set_xlim(levels[0], levels[-1])
    axes.set_xlim(_beside(axes, levels[0], -MARGIN), _beside(axes, levels[-1], MARGIN))
    labels = [show(level) for level in levels]
    every = math.ceil((max(map(len, labels)) + 1) * LETTER * len(labels) / width)
    axes.set_xticks(list(levels), [label if place % every == 0 else "" for place, label in enumerate(labels)])
    axes.xaxis.set_minor_locator(NullLocator())
    finite = [value for value in values if np.isfinite(value)]
    if metric.higher_is_better and metric.unit == "share":
        axes.set_ylim(0, 1.02)
    elif finite and min(finite) > 0 and max(finite) > 10**DECADES * min(finite):
        axes.set_yscale("log")


def _unevenness(levels: Array) -> float:
    gaps = np.diff(levels)
    return float(gaps.std() / gaps.mean())


def _beside(axes: Axes, level: float, share: float) -> float:
    """The level, moved to the right by a share of the axis."""
    low, high = axes.get_xlim()
    if axes.get_xscale() == "log":
        return float(level * (high / low) ** share)
    return level + share * (high - low)
