"""Writes captions and legends. Their lines are folded, they stand under what they explain, and they hide no data."""

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from evenkeel.analysis.wording.left_out import left_out_named
from evenkeel.figures.style import GREY, ONE_COLUMN, SMALL, SMALLER
from evenkeel.printable import printable_lines
from evenkeel.records.left_out import LeftOut

MOST_ROWS = 12  # the most rows of a legend
# If a legend is wider than a panel at first, the layout narrows the panel by the difference. So a panel begins as wide
# as possible.
WIDEST: dict[str, Any] = {"left": 0, "right": 1, "wspace": 0}
BESIDE_LABEL = 0.47  # inches that the line and the gaps take in a legend
LETTER = 0.51  # width of a letter as a share of its height
KEPT = "\N{NO-BREAK SPACE}"


Caption = Literal["full", "short", "none"]


@dataclass(frozen=True)
class Words:
    """What a caption says: everything that a reader needs, or only what the lines and areas are."""

    full: str
    short: str


def fold(text: str, inches: float, points: float = SMALL) -> str:
    """Break the text into lines no wider than `inches`, but not before a number or within 'n = 3'.

    Args:
        points: The size of the letters.
    """
    whole = re.sub(r" (?=[=\d])|(?<==) ", KEPT, text)
    width = max(12, int(inches * 72 / (LETTER * points)))
    return "\n".join(textwrap.wrap(whole, width, break_on_hyphens=False)).replace(KEPT, " ")


def plain(text: str) -> str:
    """The text so that matplotlib draws it as it is. Otherwise two dollars would make a formula of what is between
    them."""
    return printable_lines(text).replace("$", r"\$")


def height_of(text: str, points: float = SMALL) -> float:
    """The height of the folded text in inches. points: the size of the letters."""
    return (text.count("\n") + 1) * 1.2 * points / 72


def write_caption(figure: Figure, words: Words, caption: Caption = "full", left_out: Sequence[LeftOut] = ()) -> None:
    """Write the caption at the bottom left, and make the figure taller to fit it.

    Call this once the figure has its size. A line of its own names the cells that were left out. With "none", the
    figure has no caption at all: then the page around it has to say all this.
    """
    if caption == "none":
        return
    text = words.full if caption == "full" else words.short
    width, height = figure.get_size_inches()
    folded = "\n".join(fold(part, width - 0.1, SMALLER) for part in (text, left_out_named(left_out)) if part)
    figure.set_size_inches(width, height + height_of(folded, SMALLER) + 0.08)
    figure.supxlabel(plain(folded), x=0.01, ha="left", multialignment="left", fontsize=SMALLER, color=GREY)


def write_legend(axes: Axes, handles: list[Line2D], width: float, below: float) -> float:
    """Write a legend of at most `MOST_ROWS` rows under the axes, where it hides no data.

    Args:
        width: The width of the axes in inches.
        below: The height in points of what is already under the axes, such as their labels.

    Returns:
        The height of the legend in inches.
    """
    columns = _num_columns(handles, width)
    if len(handles) > MOST_ROWS * columns:
        rest = len(handles) - MOST_ROWS * columns + 1
        handles = [*handles[:-rest], Line2D([], [], linestyle="none", label=f"and {rest} more")]
    labels = [fold(str(handle.get_label()), width / columns - BESIDE_LABEL) for handle in handles]
    assert isinstance(axes.figure, Figure)
    axes.legend(
        handles,
        list(map(plain, labels)),
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
    """As many columns as fit. A short legend has one column. A legend as wide as the page has at least two."""
    if len(handles) <= 4:
        return 1
    longest = max(len(str(handle.get_label())) for handle in handles)
    fitting = int(width / (longest * LETTER * SMALL / 72 + BESIDE_LABEL))
    return max(fitting, 2 if width > ONE_COLUMN else 1)
