"""The paper's Figure 1 from any summary: a mean line and a min-max band over the seeds, each seed faintly."""

import io
import re
import threading
from collections.abc import Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

# Okabe and Ito's palette tells apart under every common colour blindness; the dashes do so in grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.5, 1)), (0, (5, 1, 1, 1)))
NAMES = {
    "yolo": "Tiny-YOLO",
    "resnet": "ResNet26",
    "plain": "ResNet26 without skips",
    "vgg": "VGG-11",
    "batch": "with batch norm",
    "group": "with group norm",
    "layer": "with layer norm",
    "none": "without norm",
    "he": "He",
    "glorot": "Glorot",
    "lecun": "LeCun",
    "orthogonal": "orthogonal",
    "normal": "normal, sigma 0.01",
    "zero_residual": "He, zero residual",
    "train_accuracy": "training accuracy",
    "val_accuracy": "validation accuracy",
    "train_loss": "training loss (nats)",
    "val_loss": "validation loss (nats)",
    "grad_norm_mean": "gradient norm, mean",
    "grad_norm_max": "gradient norm, largest",
    "update_ratio": "update-to-weight ratio",
    "loss_jump": "largest loss jump (nats)",
    "dead_units": "dead units, worst layer",
}
STYLE: dict[Any, Any] = {
    "font.size": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.5,
    "legend.frameon": False,
    "svg.hashsalt": "evenkeel",  # the same data gives the same bytes
}

# matplotlib keeps its style for the whole process, and endpoints draw in several threads.
_styling = threading.Lock()


def draw_bands(cells: Sequence[dict[str, Any]], metric: str) -> Figure:
    """Rows are architectures, columns norms, one line and band per init (and whatever else varies).

    cells: entries of a summary (at least one), see `api.schemas.CellSummary`.
    """
    rows = list(dict.fromkeys(cell["levels"]["arch"] for cell in cells))
    columns = list(dict.fromkeys(cell["levels"]["norm"] for cell in cells))
    series = list(dict.fromkeys(_series(cell) for cell in cells))
    with _styling, matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(3.2 * len(columns) + 0.4, 2.3 * len(rows) + 0.5), layout="constrained")
        panels = figure.subplots(len(rows), len(columns), sharex=True, sharey=True, squeeze=False)
        for cell in cells:
            axes = panels[rows.index(cell["levels"]["arch"])][columns.index(cell["levels"]["norm"])]
            index = series.index(_series(cell))
            _draw_cell(axes, cell, _series(cell), COLOURS[index % len(COLOURS)], DASHES[index % len(DASHES)])
        for row, arch in enumerate(rows):
            for column, norm in enumerate(columns):
                _finish_panel(panels[row][column], metric)
                panels[row][column].set_title(f"{NAMES.get(arch, arch)}, {NAMES.get(norm, norm)}", fontsize=8.5)
            panels[row][0].set_ylabel(NAMES[metric])
        for axes in panels[-1]:
            axes.set_xlabel("epoch")
        figure.supxlabel(
            "Line: mean over seeds. Band: lowest to highest seed. Thin: each seed.", fontsize=7, color="#555555"
        )
        return figure


def render(figure: Figure, form: str) -> bytes:
    """The figure as 'svg', 'png' (200 dots an inch) or 'pdf'."""
    buffer = io.BytesIO()
    with _styling, matplotlib.rc_context(STYLE):
        figure.savefig(buffer, format=form, dpi=200, metadata={"Date": None} if form == "svg" else None)
    return buffer.getvalue()


def _series(cell: dict[str, Any]) -> str:
    """What tells a line from the others in its panel: the init, and what the label adds to arch-norm-init."""
    levels = cell["levels"]
    prefix = f"{levels['arch']}-{levels['norm']}-{levels['init']}"
    more = str(cell["cell"]).removeprefix(prefix).lstrip("-")
    more = re.sub(r"-(?=[a-z_0-9]+=)", ", ", more)
    name = NAMES.get(levels["init"], levels["init"])
    return f"{name}, {more}" if more else name


def _draw_cell(axes: Axes, cell: dict[str, Any], name: str, colour: str, dash: Any) -> None:
    for curve in cell["curves"]:
        axes.plot(range(1, len(curve["values"]) + 1), curve["values"], color=colour, linewidth=0.5, alpha=0.45)
    epochs = [row for row in cell["epochs"] if row["n"]]
    label = f"{name} ({_evidence(cell)})"
    if not epochs:
        axes.plot([], [], color=colour, linestyle=dash, label=label)
        return
    x = [row["epoch"] for row in epochs]
    low, high, mean = ([row[key] for row in epochs] for key in ("min", "max", "mean"))
    axes.fill_between(x, low, high, color=colour, alpha=0.18, linewidth=0)
    axes.plot(x, mean, color=colour, linestyle=dash, linewidth=1.5, label=label, marker="." if len(x) == 1 else "")


def _evidence(cell: dict[str, Any]) -> str:
    """'n = 3', 'n = 2-3' while some seeds are ahead, and how many diverged."""
    counts = [row["n"] for row in cell["epochs"]] or [0]
    n = f"n = {max(counts)}" if min(counts) == max(counts) else f"n = {min(counts)}\N{EN DASH}{max(counts)}"
    diverged = cell["num_runs"]["outcome"]["diverged"]
    return f"{n}, {diverged} diverged" if diverged else n


def _finish_panel(axes: Axes, metric: str) -> None:
    if metric.endswith("accuracy"):
        axes.set_ylim(0, 1.02)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(x=0.02)
    axes.tick_params(width=0.6, length=2.5, labelleft=True)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower right" if metric.endswith("accuracy") else "upper right", fontsize=7, handlelength=2.4)
