"""Text beside the panels: captions and legends that are folded, stand under what they are of, and hide no data."""

import re
import textwrap
from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from evenkeel.analysis.figures.style import GREY, ONE_COLUMN, SMALL, SMALLER
from evenkeel.analysis.wording.left_out import left_out_named
from evenkeel.lab.left_out import LeftOut

MOST_ROWS = 12  # of a legend
# The layout narrows panels by as much as a legend is wider than they are at first: so they begin as wide as can be.
WIDEST: dict[str, Any] = {"left": 0, "right": 1, "wspace": 0}
BESIDE_LABEL = 0.47  # inches in a legend, for the line and the gaps
LETTER = 0.51  # width of a letter, of its height
KEPT = "\N{NO-BREAK SPACE}"


def fold(text: str, inches: float, points: float = SMALL) -> str:
    """Broken into lines no wider than `inches`, but not before a number or within 'n = 3'."""
    whole = re.sub(r" (?=[=\d])|(?<==) ", KEPT, text)
    width = max(12, int(inches * 72 / (LETTER * points)))
    return "\n".join(textwrap.wrap(whole, width, break_on_hyphens=False)).replace(KEPT, " ")


def height_of(text: str, points: float = SMALL) -> float:
    """In inches."""
    return (text.count("\n") + 1) * 1.2 * points / 72


def write_caption(figure: Figure, text: str, left_out: Sequence[LeftOut] = ()) -> None:
    """Folded, at the bottom left; to be called once the figure has its size, which it makes taller. Cells that were
    left out are named in a line of their own."""
    width, height = figure.get_size_inches()
    folded = "\n".join(fold(part, width - 0.1, SMALLER) for part in (text, left_out_named(left_out)) if part)
    figure.set_size_inches(width, height + height_of(folded, SMALLER) + 0.08)
    figure.supxlabel(folded, x=0.01, ha="left", multialignment="left", fontsize=SMALLER, color=GREY)


def write_legend(axes: Axes, handles: list[Line2D], width: float, below: float) -> float:
    """A legend under the axes, where it hides no data, of at most `MOST_ROWS`; its height in inches.

    width: of the axes, in inches. below: points under the axes, for what stands there already.
    """
    columns = _num_columns(handles, width)
    if len(handles) > MOST_ROWS * columns:
        rest = len(handles) - MOST_ROWS * columns + 1
        handles = [*handles[:-rest], Line2D([], [], linestyle="none", label=f"and {rest} more")]
    labels = [fold(str(handle.get_label()), width / columns - BESIDE_LABEL) for handle in handles]
    assert isinstance(axes.figure, Figure)
    axes.legend(
        handles,
        labels,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=axes.transAxes + ScaledTranslation(0, -below / 72, axes.figure.dpi_scale_trans),
        borderaxespad=0,
        borderpad=0,
        labelspacing=0.3,
        handlelength=2.8,
        columnspacing=1.0,
        ncols=columns,
    )
    return sum(height_of(label) + 0.3 * SMALL / 72 for label in labels) / columns + 0.1


def _num_columns(handles: list[Line2D], width: float) -> int:
    """As many as fit; a short legend has one, and one over the whole page at least two."""
    if len(handles) <= 4:
        return 1
    longest = max(len(str(handle.get_label())) for handle in handles)
    fitting = int(width / (longest * LETTER * SMALL / 72 + BESIDE_LABEL))
    return max(fitting, 2 if width > ONE_COLUMN else 1)
