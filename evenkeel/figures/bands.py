"""Draws the paper's Figure 1 from any summary: the mean and a band over the seeds, and each seed's line."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.captions import caption_of, evidence_of, notes_on
from evenkeel.figures.colours import styles_of
from evenkeel.figures.layout import Layout, Panel, lay_out
from evenkeel.figures.lettering import (
    WIDEST,
    Caption,
    Words,
    fold,
    height_of,
    plain,
    write_caption,
    write_legend,
)
from evenkeel.figures.levels import series_names
from evenkeel.figures.over_levels import DECADES
from evenkeel.figures.style import GREY, ONE_COLUMN, SMALL, TITLE, Style, styled
from evenkeel.figures.traces import Drawn, draw_cell, drawn_band, drawn_values, shares_from, shows_shares
from evenkeel.grids.levels import differing_beyond_name
from evenkeel.plugins import Metric, Task
from evenkeel.records.left_out import LeftOut

PANEL_HEIGHT, SMALL_PANEL_HEIGHT = 1.8, 1.2  # inches, of a panel alone and of one beside another, without titles


def draw_bands(
    task: Task,
    cells: Sequence[CellSummary],
    metric: Metric,
    band: Drawn = "survivors",
    left_out: Sequence[LeftOut] = (),
    caption: Caption = "full",
) -> Figure:
    """Draw the panels that the task asks for (`Task.panels`).

    Each panel has a line and a band for each level of the third factor, and for each other factor that varies. If more
    than three bands would lie over each other, each has a small panel of its own. A cell with fewer than three finished
    seeds shows only its seeds, without a mean or a band. Where a band has fewer seeds than started, because some
    diverged or still train, it is grey and hatched, and its mean is thin.

    Args:
        cells: Cells of a summary of the metric, at least one.
        band: 'survivors' and 'all' are bands from the lowest to the highest of these runs. 'mean' is the 95 % band of
            the mean curve.
        left_out: The cells that the summary leaves out. The caption names them.
        caption: How much the caption says.
    """
    layout = lay_out(task, cells)
    factors = [task.panels.line, *differing_beyond_name(task, [cell.levels for cell in cells])]
    named = zip(series_names(task, cells), styles_of(task, cells, factors), strict=True)
    lines = {cell.hash: look for cell, look in zip(cells, named, strict=True)}
    beside = ONE_COLUMN / layout.num_columns - 0.45
    with styled():
        figure = Figure(layout="constrained")
        shape = len(layout.lines), layout.num_columns
        grid = figure.subplots(*shape, sharex=True, sharey=True, squeeze=False, gridspec_kw=WIDEST)
        height = 0.2
        for place, line in enumerate(layout.lines):
            tall = [
                _draw_panel(grid[place, at], panel, layout, lines, metric, band, beside, layout.is_lowest(place, at))
                for at, panel in enumerate(line)
            ]
            height += max(tall)
        _set_scales(grid[0, 0], cells, metric, band)
        for axes in grid[:, 0]:
            axes.set_ylabel(plain(task.call(metric.name)))
        if layout.heading:
            figure.suptitle(plain(layout.heading), x=0.01, ha="left", fontsize=TITLE)
        figure.set_size_inches(ONE_COLUMN, height + (0.2 if layout.heading else 0))
        words = caption_of(cells, metric, band)
        write_caption(figure, Words(words.full + notes_on(task, cells), words.short), caption, left_out)
        return figure


def _draw_panel(
    axes: Axes,
    panel: Panel | None,
    layout: Layout,
    lines: dict[str, tuple[str, Style]],
    metric: Metric,
    band: Drawn,
    width: float,
    lowest: bool,
) -> float:
    """Draw a panel, and return its height in inches.

    Args:
        lines: Hash of a cell -> the name and the style of its line.
        width: The width of the axes in inches.
        lowest: Whether no other panel is under it.
    """
    if panel is None:
        axes.set_visible(False)
        return 0.0
    axes.tick_params(labelleft=True, labelbottom=True)
    if lowest:
        axes.set_xlabel("epoch")
    handles = []
    for cell in panel.cells:
        name, style = lines[cell.hash]
        draw_cell(axes, cell, style, band, "bottom" if metric.higher_is_better else "top")
        handles.append(Line2D([], [], linewidth=1.5, markersize=3, label=f"{name} ({evidence_of(cell)})", **style))
    size, panel_height = (TITLE, PANEL_HEIGHT) if layout.num_columns == 1 else (SMALL, SMALL_PANEL_HEIGHT)
    says = [panel.title, *([evidence_of(panel.cells[0])] if layout.apart else [])]
    title = "\n".join(fold(part, width, size) for part in says if part)
    axes.set_title(plain(title), fontsize=size)
    height = panel_height + height_of(title, size) + (0.15 if lowest else 0)
    if not panel.cells:
        axes.text(0.5, 0.5, "no such cell", transform=axes.transAxes, ha="center", color=GREY)
    return height if layout.apart else height + write_legend(axes, handles, width, 30 if lowest else 17)


def _set_scales(first: Axes, cells: Sequence[CellSummary], metric: Metric, band: Drawn) -> None:
    """Set the scales of the first panel. The other panels share them."""
    values = [value for cell in cells for value in drawn_values(cell, band)]
    is_share = shows_shares(metric)
    logarithmic = bool(values) and min(values) > 0 and max(values) > 10**DECADES * min(values)
    if is_share:
        first.set_ylim(shares_from(values), 1.02)
    elif logarithmic:
        first.set_yscale("log")
    if band == "mean" and values and not is_share:
        first.set_ylim(*_limits(cells, values, logarithmic))
    num_epochs = max(len(drawn_band(cell, band).n) for cell in cells)
    margin = 0.02 * (num_epochs - 1) if num_epochs > 1 else 0.5
    first.set_xlim(1 - margin, max(num_epochs, 1) + margin)
    first.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _limits(cells: Sequence[CellSummary], values: Sequence[float], logarithmic: bool) -> tuple[float, float]:
    """The limits of y for the band of the mean. With few seeds it is so wide that it has to go on beyond the panel.

    Args:
        values: What else is drawn.
    """
    low, high = min(values), max(values)
    room = (high - low) / 4 or 1.0
    ends = [
        end for cell in cells for edge in (cell.mean_band.low, cell.mean_band.high) for end in edge if end is not None
    ]
    lowest, highest = min([low, *ends]), max([high, *ends])
    if logarithmic:
        return max(lowest, low / 2) / 1.1, min(highest, 2 * high) * 1.1
    return max(lowest, low - room) - room / 8, min(highest, high + room) + room / 8
