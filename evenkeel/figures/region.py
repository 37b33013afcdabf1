"""Draws the stability region: the share of runs that diverge or collapse, over two factors."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from evenkeel.analysis.summary import CellSummary
from evenkeel.figures.captions import notes_on
from evenkeel.figures.lettering import Caption, Words, plain, write_caption
from evenkeel.figures.style import ONE_COLUMN, SMALL, TWO_COLUMNS, styled
from evenkeel.figures.theme import TILES
from evenkeel.figures.tiles import IN_EACH_TILE, Counts, tiles_of
from evenkeel.grids.levels import show
from evenkeel.plugins import Task
from evenkeel.records.left_out import LeftOut

# Dark means bad.
COLOURS = f"{TILES}_r"
DARK = 0.45  # a tile with a larger share has white letters
LETTER, LINE = 0.062, 0.13  # inches: width of a letter and height of a line in the labels of the axes
LOWEST, HIGHEST = 1.15, 7.0  # inches: limits of the panel's height, from the colour bar's label and from a page


def draw_region(
    task: Task,
    cells: Sequence[CellSummary],
    x: str,
    y: str | None = None,
    left_out: Sequence[LeftOut] = (),
    caption: Caption = "full",
) -> Figure:
    """Draw a tile for each level of x and y.

    A tile shows how many of its n finished runs are bad. Its colour shows their share, from 0 to 1. A tile without a
    finished run is hatched. If other factors vary, the runs are pooled over them, and the caption says so. A cell does
    not count before every seed of it has ended: diverged runs end first, and a share before that would be too high.

    Args:
        cells: Cells of a summary, at least one.
        x: The factor along x.
        y: The factor along y. By default it is the factor with the most levels besides x. If no other factor varies,
            each row has the name of its cells.
        left_out: The cells that the summary leaves out. The caption names them.

    Raises:
        ValueError: x does not vary, x or y is not a factor, or they are the same.
    """
    found = tiles_of(task, cells, x, y)
    with styled():
        figure, axes, tile = _panel(list(map(show, found.columns)), list(map(show, found.rows)))
        axes.set_xlabel(plain(task.call(found.x)))
        axes.set_ylabel(plain(task.call(found.y)) if found.y else "")
        _draw_tiles(figure, axes, found.bad, found.n, tile)
        full = found.says(task) + notes_on(task, cells)
        write_caption(figure, Words(full, IN_EACH_TILE), caption, left_out)
        return figure


def _panel(columns: Sequence[str], rows: Sequence[str]) -> tuple[Figure, Axes, tuple[float, float]]:
    """The figure, its axes, and the width and height of a tile in inches: about a half, or less if there are many."""
    beside = max(map(len, rows)) * LETTER + 1.2  # the labels of y, the colour bar
    width = min(max(beside + 0.5 * len(columns), ONE_COLUMN), TWO_COLUMNS)
    tile = max((width - beside) / len(columns), 0.1)
    turned = max(map(len, columns)) * LETTER > tile
    below = max(map(len, columns)) * LETTER if turned else 0.15
    height = min(max(tile * 0.8 * len(rows), LOWEST), HIGHEST)
    figure = Figure(figsize=(width, height + below + 0.4), layout="constrained")
    axes = figure.subplots()
    for ticks, labels, room in ((axes.set_xticks, columns, tile), (axes.set_yticks, rows, height / len(rows))):
        every = math.ceil(LINE / room)
        ticks(range(0, len(labels), every), list(map(plain, labels[::every])))
    axes.tick_params(axis="x", rotation=90 if turned else 0)
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    return figure, axes, (tile, height / len(rows))


def _draw_tiles(figure: Figure, axes: Axes, bad: Counts, n: Counts, tile: tuple[float, float]) -> None:
    """Draw the tiles, with row 0 at the bottom. tile: its width and height in inches. With enough room, a tile shows
    its counts."""
    num_rows, num_columns = n.shape
    rate = np.ma.masked_where(n == 0, bad / np.maximum(n, 1))
    edges = np.arange(num_columns + 1) - 0.5, np.arange(num_rows + 1) - 0.5
    has_room = tile[0] >= LETTER * len(f"{n.max()}/{n.max()}") and tile[1] >= LINE
    grid = 0.8 if has_room else 0.2
    mesh = axes.pcolormesh(*edges, rate, cmap=COLOURS, vmin=0, vmax=1, edgecolor="white", linewidth=grid)
    for row, column in np.argwhere(n == 0):
        corner = (column - 0.48, row - 0.48)
        axes.add_patch(Rectangle(corner, 0.96, 0.96, fill=False, hatch="////", edgecolor="#9a9a9a", linewidth=0))
    for row, column in np.argwhere(n > 0) if has_room else ():
        text = f"{bad[row, column]}/{n[row, column]}"
        colour = "white" if rate[row, column] > DARK else "black"
        axes.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)
    height = figure.get_size_inches()[1]
    bar = figure.colorbar(mesh, ax=axes, pad=0.02, aspect=max(height / 0.16, 6), ticks=[0, 0.5, 1])
    bar.set_label("diverged or collapsed", fontsize=SMALL)
    bar.outline.set_visible(False)
