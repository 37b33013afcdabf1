"""Draws the final value over an ordered numeric factor, such as the learning rate, and how sensitive it is to it."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from evenkeel.analysis.effects import Effects
from evenkeel.analysis.finished import finished_curves
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.sensitivity import size_says
from evenkeel.factors.sensitivity import is_ordered
from evenkeel.figures.colours import styles_of
from evenkeel.figures.layout import MOST_BANDS, MOST_COLUMNS, MOST_PANELS
from evenkeel.figures.lettering import WIDEST, Caption, Words, fold, height_of, plain, write_caption, write_legend
from evenkeel.figures.levels import call_level
from evenkeel.figures.over_levels import Line, draw_line, marked, set_scales, value_of
from evenkeel.figures.style import ONE_COLUMN, SMALL, Style, styled
from evenkeel.grids.levels import differing, in_order
from evenkeel.plugins import Metric, Outcome, Task

PANEL_HEIGHT, SMALL_PANEL_HEIGHT = 2.2, 1.5  # inches


def draw_sensitivity(
    task: Task,
    cells: Sequence[CellSummary],
    metric: Metric,
    effects: Effects,
    x: str,
    caption: Caption = "full",
    start: float | None = None,
) -> Figure:
    """Draw a line and a band for each combination of the other factors. More than three get small panels of their own.

    Args:
        cells: Cells of a summary of the metric, at least one. Those count of which every seed has ended.
        effects: The effects of these cells. They have the sensitivities.
        x: The factor along x.
        caption: How much the caption says.
        start: The value of the metric before training, as `effects` has it; None if it is not known.

    Raises:
        ValueError: x is not a factor, or has fewer than three levels that are numbers.
    """
    ended = [cell for cell in cells if not cell.divergence.unfinished]
    levels = _checked_levels(task, cells, x)
    lines = _lines(task, ended, effects, x)
    apart = MOST_BANDS < len(lines) <= MOST_PANELS
    num_columns = MOST_COLUMNS if apart else 1
    num_rows = -(-len(lines) // num_columns) if apart else 1
    beside = ONE_COLUMN / num_columns - 0.45
    others = [factor for factor in effects.factors if factor != x]
    styles = styles_of(task, [line.cells[0] for line in lines], others)
    with styled():
        figure = Figure(layout="constrained")
        grid = figure.subplots(num_rows, num_columns, sharex=True, sharey=True, squeeze=False, gridspec_kw=WIDEST)
        panels = list(grid.flat)
        values = [value_of(cell, curve, metric, start) for cell in ended for curve in finished_curves(cell)]
        set_scales(panels[0], levels, values, metric, beside)
        for index, (line, style) in enumerate(zip(lines, styles, strict=True)):
            middle = 0 if apart else (len(lines) - 1) / 2
            draw_line(panels[index if apart else 0], line, x, metric, start, style, 0 if apart else index - middle)
        if apart:
            height = num_rows * (SMALL_PANEL_HEIGHT + _write_titles(panels, lines, beside))
        else:
            height = PANEL_HEIGHT + write_legend(panels[0], _handles(lines, styles), beside, 30)
        for index, axes in enumerate(panels):
            axes.set_visible(index < max(len(lines), 1))
            axes.tick_params(labelleft=True, labelbottom=True)
            if not apart or index + num_columns >= len(lines):
                axes.set_xlabel(plain(task.call(x)))
            if index % num_columns == 0:
                axes.set_ylabel(plain(fold(f"final {task.call(metric.name)}", 1.5, 8)))
        figure.set_size_inches(ONE_COLUMN, height + 0.2)
        write_caption(figure, _words(ended, metric, len(cells) - len(ended), start), caption, effects.left_out)
        return figure


def _write_titles(panels: Sequence[Axes], lines: Sequence[Line], width: float) -> float:
    """Write the titles of the panels, and return the height in inches of the highest."""
    titles = ["\n".join(fold(part, width, SMALL) for part in _label(line).split(": ")) for line in lines]
    for axes, title in zip(panels, titles, strict=False):
        axes.set_title(plain(title), fontsize=SMALL)
    return max(height_of(title, SMALL) for title in titles)


def _handles(lines: Sequence[Line], styles: Sequence[Style]) -> list[Line2D]:
    return [
        Line2D([], [], linewidth=1.4, markersize=3.5, label=_label(line), **marked(style))
        for line, style in zip(lines, styles, strict=True)
    ]


def _checked_levels(task: Task, cells: Sequence[CellSummary], x: str) -> list[float]:
    if x not in cells[0].levels:
        raise ValueError(f"{x!r} is not a factor; the factors are: {', '.join(cells[0].levels)}")
    ordered = {
        factor: found
        for factor in differing(task, [cell.levels for cell in cells])
        if is_ordered(found := in_order(task, factor, (cell.levels[factor] for cell in cells)))
    }
    if x not in ordered:
        what = f"such factors: {', '.join(ordered)}" if ordered else "no factor has that many"
        raise ValueError(f"{x} needs three or more numbers as levels among these cells; {what}")
    return sorted(ordered[x])


def _lines(task: Task, cells: Sequence[CellSummary], effects: Effects, x: str) -> list[Line]:
    others = [factor for factor in effects.factors if factor != x]
    groups: dict[str, list[CellSummary]] = {}
    for cell in sorted(cells, key=lambda cell: float(cell.levels[x])):
        groups.setdefault(str([cell.levels[factor] for factor in others]), []).append(cell)
    lines = []
    for group in groups.values():
        levels = {factor: group[0].levels[factor] for factor in others}
        found = [each for each in effects.sensitivity if each.factor == x and each.levels == levels]
        name = ", ".join(call_level(task, factor, level) for factor, level in levels.items())
        lines.append(Line(name, group, found[0] if found else None))
    order = {cell.hash: place for place, cell in enumerate(cells)}
    return sorted(lines, key=lambda line: min(order[cell.hash] for cell in line.cells))


def _label(line: Line) -> str:
    """'without norm: S = 0.31 (0.20 to 0.45)'."""
    if line.found is None:
        return f"{line.name or 'all cells'}: too few levels for S"
    size = size_says(line.found).replace("95 % interval ", "")
    size = size.replace("more than", "S >") if line.found.left_out else f"S = {size}"
    return f"{line.name}: {size}" if line.name else size


def _words(cells: Sequence[CellSummary], metric: Metric, training: int, start: float | None) -> Words:
    crossed = any(curve.outcome is Outcome.DIVERGED for cell in cells for curve in finished_curves(cell))
    if start is not None:
        counts = f"counts with the value before training, {start:g}, as does every seed that ends worse"
    else:
        counts = f"counts as {metric.worst:g}" if np.isfinite(metric.worst) else "is left out of the line and of S"
    parts = [
        "Line: mean over seeds. Band: lowest to highest seed. Dots: each seed.",
        f"Cross: a seed that diverged; it {counts}." if crossed else "",
        "S, the sensitivity: how much worse the final value is on average over the levels than at the best level, with "
        "its 95 % interval.",
        f"Left out until all their seeds have ended: {training} of the cells." if training else "",
    ]
    short = f"Mean and range over seeds{'; cross: it diverged' if crossed else ''}. S: sensitivity, 95 % interval."
    return Words(" ".join(filter(None, parts)), short)
