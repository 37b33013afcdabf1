"""The style that the figures share: lines that differ in colour and in grey, and files without a date."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from evenkeel.figures.theme import LIGHT

# With every common colour blindness, the colours look different. In grey, the dashes and markers do.
COLOURS = LIGHT.series
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (5, 1, 1, 1)))
MARKERS = ("", "o", "s", "^", "D", "v")
GREY = LIGHT.grey

ONE_COLUMN, TWO_COLUMNS = 3.5, 7.2  # inches
TITLE, SMALL, SMALLER = 8.5, 7.0, 6.5  # points: titles, legends, captions

Style = dict[str, Any]  # how a line looks: matplotlib's keywords

STYLE: dict[Any, Any] = {
    "font.size": 8,
    # A user's own settings may send every text through LaTeX, which would run what a name says.
    "text.usetex": False,
    "axes.titlesize": TITLE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "grid.color": LIGHT.grid,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.4,
    "legend.frameon": False,
    "legend.fontsize": SMALL,
    "xtick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.width": 0.6,
    "ytick.major.size": 2.5,
    "pdf.fonttype": 42,  # TrueType, which a publisher's tools accept
    "svg.hashsalt": "evenkeel",  # the same data gives the same bytes
}
UNDATED: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "png": {}, "pdf": {"CreationDate": None}}

# matplotlib has one style for the whole process, but endpoints draw in several threads.
_styling = threading.Lock()


@contextmanager
def styled() -> Iterator[None]:
    """Use the style of the figures inside this block. Only one thread at a time can be in it."""
    with _styling, matplotlib.rc_context(STYLE):
        yield


def render(figure: Figure, form: str) -> bytes:
    """The content of a file with the figure. The same figure gives the same bytes.

    Args:
        form: 'svg', 'png' (200 dots an inch) or 'pdf'.
    """
    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format=form, dpi=200, metadata=UNDATED[form])
    return buffer.getvalue()


def line_style(index: int) -> dict[str, Any]:
    """The style of a figure's line with this index. 28 lines differ in colour or dash. In grey, 24 lines differ in dash
    or marker."""
    marker = MARKERS[index // len(DASHES) % len(MARKERS)]
    return {"color": COLOURS[index % len(COLOURS)], "linestyle": DASHES[index % len(DASHES)], "marker": marker}
