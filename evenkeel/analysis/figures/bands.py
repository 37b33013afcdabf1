"""Draws the paper's Figure 1 from any summary: the mean and the min-max band over the seeds, and each seed's line."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from evenkeel.analysis.behind_bands import Whose
from evenkeel.analysis.figures.captions import caption_of, evidence_of, notes_on
from evenkeel.analysis.figures.lettering import WIDEST, fold, write_caption, write_legend
from evenkeel.analysis.figures.levels import call_level, series_names
from evenkeel.analysis.figures.style import GREY, ONE_COLUMN, TWO_COLUMNS, line_style, styled
from evenkeel.analysis.figures.traces import draw_cell, drawn_band, drawn_values
from evenkeel.analysis.summary import CellSummary
from evenkeel.grids.levels import in_order
from evenkeel.lab.left_out import LeftOut
from evenkeel.plugins import Metric, Task

PANEL_HEIGHT = 2.0  # inches, with its title
NARROWEST = 2.4  # inches, the smallest width of a panel
DECADES = 2  # a metric that spans more of them gets a logarithmic axis


def draw_bands(
    task: Task,
    cells: Sequence[CellSummary],
    metric: Metric,
    band: Whose = "survivors",
    left_out: Sequence[LeftOut] = (),
) -> Figure:
    """Draw the panels that the task asks for (`Task.panels`).

    Each panel has a line and a band for each level of the third factor, and for each other factor that varies. A cell
    with fewer than three finished seeds shows only its seeds, without a mean or a band. Where a band has fewer seeds
    than started, because some diverged or still train, it is grey and hatched, and its mean is thin.

    Args:
        cells: Cells of a summary of the metric, at least one.
        band: The runs that the band counts.
        left_out: The cells that the summary leaves out. The caption names them.
    """
    panels = task.panels
    rows = list(dict.fromkeys(_row(task, cell) for cell in _by_level(task, panels.row, cells)))
    columns = list(dict.fromkeys(_column(task, cell) for cell in _by_level(task, panels.column, cells)))
    name_of = {cell.hash: name for cell, name in zip(cells, series_names(task, cells), strict=True)}
    series = list(dict.fromkeys(name_of[cell.hash] for cell in _by_level(task, panels.line, cells)))
    width = ONE_COLUMN if len(columns) == 1 else max(TWO_COLUMNS, NARROWEST * len(columns))
    beside = width / len(columns) - 0.45
    with styled():
        figure = Figure(layout="constrained")
        grid = figure.subplots(len(rows), len(columns), sharex=True, sharey=True, squeeze=False, gridspec_kw=WIDEST)
        height = 0.2
        for place, row in enumerate(rows):
            legends = []
            for axes, column in zip(grid[place], columns, strict=True):
                axes.set_title(fold(", ".join(filter(None, (row, column))), beside, 8.5))
                here = [cell for cell in cells if (_row(task, cell), _column(task, cell)) == (row, column)]
                names = [name_of[cell.hash] for cell in here]
                handles = [
                    _draw(axes, cell, name, series.index(name), metric, band)
                    for cell, name in zip(here, names, strict=True)
                ]
                legends.append(write_legend(axes, handles, beside, 30 if place == len(rows) - 1 else 17))
                if not here:
                    axes.text(0.5, 0.5, "no such cell", transform=axes.transAxes, ha="center", color=GREY)
            height += PANEL_HEIGHT + max(legends)
        _set_scales(grid[0, 0], cells, metric, band)
        _label_axes(grid, task.call(metric.name))
        figure.set_size_inches(width, height)
        write_caption(figure, caption_of(cells, metric, band) + notes_on(task, cells), left_out)
        return figure


def _by_level(task: Task, factor: str, cells: Sequence[CellSummary]) -> list[CellSummary]:
    levels = in_order(task, factor, (cell.levels[factor] for cell in cells))
    return sorted(cells, key=lambda cell: levels.index(cell.levels[factor]))


def _row(task: Task, cell: CellSummary) -> str:
    return call_level(task, task.panels.row, cell.levels[task.panels.row])


def _column(task: Task, cell: CellSummary) -> str:
    """The title of the cell's column; empty if the task has only rows."""
    panels = task.panels
    return call_level(task, panels.column, cell.levels[panels.column]) if panels.column != panels.row else ""


def _draw(axes: Axes, cell: CellSummary, name: str, index: int, metric: Metric, band: Whose) -> Line2D:
    style = line_style(index)
    draw_cell(axes, cell, style, band, "bottom" if metric.higher_is_better else "top")
    return Line2D([], [], linewidth=1.5, markersize=3, label=f"{name} ({evidence_of(cell)})", **style)


def _set_scales(first: Axes, cells: Sequence[CellSummary], metric: Metric, band: Whose) -> None:
    """Set the scales of the first panel. The other panels share them."""
    values = [value for cell in cells for value in drawn_values(cell, band)]
    if metric.higher_is_better and metric.unit == "share":
        first.set_ylim(0, 1.02)
    elif values and min(values) > 0 and max(values) > 10**DECADES * min(values):
        first.set_yscale("log")
    num_epochs = max(len(drawn_band(cell, band).n) for cell in cells)
    margin = 0.02 * (num_epochs - 1) if num_epochs > 1 else 0.5
    first.set_xlim(1 - margin, max(num_epochs, 1) + margin)
    first.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def _label_axes(panels: NDArray[Any], y: str) -> None:
    """panels: (num_rows, num_columns) of Axes."""
    for axes in panels.flat:
        axes.tick_params(labelleft=True, labelbottom=True)
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
    for axes in panels[:, 0]:
        axes.set_ylabel(y)
