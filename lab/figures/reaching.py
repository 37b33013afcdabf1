"""When runs reach a threshold: Kaplan-Meier curves, those that never do included."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lab.figures.lettering import MOST_ROWS, WIDEST, write_caption, write_legend
from lab.figures.style import ONE_COLUMN, TWO_COLUMNS, line_style, styled

PANEL_HEIGHT = 2.3


def draw_reaching(cells: Sequence[Mapping[str, Any]]) -> Figure:
    """The share of each cell's runs that has not reached the threshold, over the epochs, as steps.

    cells: entries of a summary, see `api.schemas.summary.CellSummary`; those with "reaching" null are left out. A line
    that ends in a plus has runs that never got there, or that still train. Raises ValueError if no cell is left.
    """
    watched = [cell for cell in cells if cell["reaching"] is not None]
    if not watched:
        raise ValueError("no cell tells when its runs reach a threshold: ask for the summary with one")
    width = ONE_COLUMN if len(watched) <= MOST_ROWS else TWO_COLUMNS
    with styled():
        figure = Figure(layout="constrained")
        axes = figure.subplots(gridspec_kw=WIDEST)
        handles = [_draw(axes, cell, index) for index, cell in enumerate(watched)]
        axes.set_xlabel("epoch")
        axes.set_ylabel("share not there yet")
        axes.set_ylim(-0.02, 1.04)
        axes.set_xlim(0, 1.02 * max(cell["levels"]["epochs"] for cell in watched))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        height = PANEL_HEIGHT + write_legend(axes, handles, width - 0.45, 30)
        figure.set_size_inches(width, height + 0.2)
        write_caption(figure, _caption(watched))
        return figure


def _draw(axes: Axes, cell: Mapping[str, Any], index: int) -> Line2D:
    style = line_style(index)
    found = cell["reaching"]
    epochs, shares = list(found["curve"]["epoch"]), list(found["curve"]["not_reached"])
    some_left = found["n"] > 0 and shares[-1] > 0
    if some_left:
        epochs, shares = [*epochs, max(_watched_until(cell), epochs[-1])], [*shares, shares[-1]]
        axes.plot(epochs[-1:], shares[-1:], color=style["color"], marker="+", markersize=7, markeredgewidth=1.3)
    where = slice(1, -1 if some_left else None)  # a marker at each step, and none under the plus
    axes.plot(epochs, shares, **style, drawstyle="steps-post", linewidth=1.4, markersize=3.5, markevery=where)
    return Line2D([], [], linewidth=1.4, markersize=3.5, label=f"{cell['cell']} ({_says(found)})", **style)


def _watched_until(cell: Mapping[str, Any]) -> int:
    """Every epoch once a run has finished, else as far as they got."""
    if cell["evidence"]["n"]:
        return int(cell["levels"]["epochs"])
    return max((len(curve["values"]) for curve in cell["curves"]), default=0)


def _says(found: Mapping[str, Any]) -> str:
    if not found["n"]:
        return "no runs yet"
    median = "" if found["median_epoch"] is None else f", median epoch {found['median_epoch']}"
    return f"reached {found['reached']} of {found['n']}{median}"


def _caption(cells: Sequence[Mapping[str, Any]]) -> str:
    thresholds = ", ".join(dict.fromkeys(f"{cell['reaching']['threshold']:g}" for cell in cells))
    return (
        f"Kaplan-Meier: share of runs that have not reached {thresholds} by an epoch. A line that ends in a plus: some "
        "never did, as a run that diverged, or still train."
    )
