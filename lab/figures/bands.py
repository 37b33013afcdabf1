"""The paper's Figure 1 from any summary: a mean line and a min-max band over the seeds, each seed thin."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lab.figures.captions import caption_of, evidence_of, series_of
from lab.figures.lettering import WIDEST, fold, write_caption, write_legend
from lab.figures.style import GREY, ONE_COLUMN, TWO_COLUMNS, line_style, name_of, styled
from lab.figures.traces import draw_cell, drawn_values
from lab.metrics import HIGHER_IS_BETTER

Band = Literal["survivors", "all"]
Cells = Sequence[Mapping[str, Any]]

PANEL_HEIGHT = 2.0  # inches, with its title
NARROWEST = 2.4  # inches, of a panel
DECADES = 2  # that a metric spans before its axis is logarithmic


def draw_bands(cells: Cells, metric: str, band: Band = "survivors") -> Figure:
    """Rows are architectures, columns norms, one line and band per init (and whatever else varies).

    cells: entries of a summary (at least one), see `api.schemas.summary.CellSummary`. A cell with less than three
    finished seeds shows its seeds and no mean or band. Where fewer seeds stand behind a band than started, as they
    diverged or are still training, it is grey and hatched, and its mean thin.
    """
    rows = list(dict.fromkeys(cell["levels"]["arch"] for cell in cells))
    columns = list(dict.fromkeys(cell["levels"]["norm"] for cell in cells))
    series = list(dict.fromkeys(series_of(cell) for cell in cells))
    width = ONE_COLUMN if len(columns) == 1 else max(TWO_COLUMNS, NARROWEST * len(columns))
    beside = width / len(columns) - 0.45
    with styled():
        figure = Figure(layout="constrained")
        panels = figure.subplots(len(rows), len(columns), sharex=True, sharey=True, squeeze=False, gridspec_kw=WIDEST)
        height = 0.2
        for row, arch in enumerate(rows):
            legends = []
            for axes, norm in zip(panels[row], columns, strict=True):
                axes.set_title(fold(f"{name_of(arch)}, {name_of(norm)}", beside, 8.5))
                here = [cell for cell in cells if (cell["levels"]["arch"], cell["levels"]["norm"]) == (arch, norm)]
                handles = [_draw(axes, cell, series.index(series_of(cell)), metric, band) for cell in here]
                legends.append(write_legend(axes, handles, beside, 30 if row == len(rows) - 1 else 17))
                if not here:
                    axes.text(0.5, 0.5, "no such cell", transform=axes.transAxes, ha="center", color=GREY)
            height += PANEL_HEIGHT + max(legends)
        _finish(panels, cells, metric, band)
        figure.set_size_inches(width, height)
        write_caption(figure, caption_of(cells, metric, band))
        return figure


def _draw(axes: Axes, cell: Mapping[str, Any], index: int, metric: str, band: Band) -> Line2D:
    style = line_style(index)
    draw_cell(axes, cell, style, band, "bottom" if metric in HIGHER_IS_BETTER else "top")
    return Line2D([], [], linewidth=1.5, markersize=3, label=f"{series_of(cell)} ({evidence_of(cell)})", **style)


def _finish(panels: Any, cells: Cells, metric: str, band: Band) -> None:
    """Axes and their labels, which the panels share."""
    first = panels[0][0]
    values = [value for cell in cells for value in drawn_values(cell, band)]
    if metric in HIGHER_IS_BETTER:
        first.set_ylim(0, 1.02)
    elif values and min(values) > 0 and max(values) > 10**DECADES * min(values):
        first.set_yscale("log")
    num_epochs = max(len(cell["bands"][band]["n"]) for cell in cells)
    margin = 0.02 * (num_epochs - 1) if num_epochs > 1 else 0.5
    first.set_xlim(1 - margin, max(num_epochs, 1) + margin)
    first.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    for axes in panels.flat:
        axes.tick_params(labelleft=True, labelbottom=True)
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
    for axes in panels[:, 0]:
        axes.set_ylabel(name_of(metric))
