"""Draws when runs reach a threshold, as Kaplan-Meier curves. Runs that never reach it are included."""

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.captions import notes_on
from evenkeel.figures.colours import styles_of
from evenkeel.figures.lettering import MOST_ROWS, WIDEST, Caption, Words, write_caption, write_legend
from evenkeel.figures.levels import names_in_legend
from evenkeel.figures.style import ONE_COLUMN, TWO_COLUMNS, styled
from evenkeel.grids.levels import differing
from evenkeel.plugins import Task
from evenkeel.records.left_out import LeftOut
from evenkeel.statistics.reaching import Reaching

PANEL_HEIGHT = 2.3


def draw_reaching(
    task: Task, cells: Sequence[CellSummary], left_out: Sequence[LeftOut] = (), caption: Caption = "full"
) -> Figure:
    """Draw the share of each cell's runs that have not reached the threshold, over the epochs, as steps.

    A plus at the end of a line means that some runs never reached the threshold, or still train.

    Args:
        cells: Cells of a summary with a threshold. Cells without one are not drawn.
        left_out: The cells that the summary leaves out. The caption names them.

    Raises:
        ValueError: No cell has a threshold.
    """
    watched = [(cell, cell.reaching) for cell in cells if cell.reaching is not None]
    if not watched:
        raise ValueError("no cell says when its runs reach a threshold: ask for the summary with a threshold")
    width = ONE_COLUMN if len(watched) <= MOST_ROWS else TWO_COLUMNS
    with styled():
        figure = Figure(layout="constrained")
        axes = figure.subplots(gridspec_kw=WIDEST)
        drawn = [cell for cell, _ in watched]
        names = names_in_legend(task, drawn)
        styles = styles_of(task, drawn, differing(task, [cell.levels for cell in drawn]))
        handles = [
            _draw(axes, task, cell, name, found, style)
            for (cell, found), name, style in zip(watched, names, styles, strict=True)
        ]
        axes.set_xlabel("epoch")
        axes.set_ylabel("share that has not reached it")
        axes.set_ylim(-0.02, 1.04)
        axes.set_xlim(0, 1.02 * max(_num_epochs(task, cell) for cell, _ in watched))
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        height = PANEL_HEIGHT + write_legend(axes, handles, width - 0.45, 30)
        figure.set_size_inches(width, height + 0.2)
        notes = notes_on(task, drawn)
        words = _caption([found for _, found in watched])
        write_caption(figure, Words(words.full + notes, words.short), caption, left_out)
        return figure


def _draw(axes: Axes, task: Task, cell: CellSummary, name: str, found: Reaching, style: dict[str, Any]) -> Line2D:
    epochs, shares = list(found.curve.epoch), list(found.curve.not_reached)
    some_left = found.n > 0 and shares[-1] > 0
    if some_left:
        epochs, shares = [*epochs, max(_watched_until(task, cell), epochs[-1])], [*shares, shares[-1]]
        axes.plot(epochs[-1:], shares[-1:], color=style["color"], marker="+", markersize=7, markeredgewidth=1.3)
    where = slice(1, -1 if some_left else None)  # each step has a marker, but not under the plus
    axes.plot(epochs, shares, **style, drawstyle="steps-post", linewidth=1.4, markersize=3.5, markevery=where)
    return Line2D([], [], linewidth=1.4, markersize=3.5, label=f"{name} ({_says(found)})", **style)


def _watched_until(task: Task, cell: CellSummary) -> int:
    """The last epoch of the training once a run has finished; before that, the last epoch that any run reached."""
    if cell.evidence.n:
        return _num_epochs(task, cell)
    return max((len(curve.values) for curve in cell.curves), default=0)


def _num_epochs(task: Task, cell: CellSummary) -> int:
    """The number of epochs that each run of the cell trains."""
    return task.num_epochs(task.parameters.model_validate(cell.levels))


def _says(found: Reaching) -> str:
    if not found.n:
        return "no runs yet"
    median = "" if found.median_epoch is None else f", median epoch {found.median_epoch}"
    return f"reached {found.reached} of {found.n}{median}"


def _caption(asked: Sequence[Reaching]) -> Words:
    thresholds = ", ".join(dict.fromkeys(f"{found.threshold:g}" for found in asked))
    short = f"Kaplan-Meier: share of runs that have not reached {thresholds} by an epoch."
    plus = "A plus at the end of a line: some runs never reached it, for example because they diverged, or still train."
    return Words(f"{short} {plus}", short)
