"""A summary as a table for the terminal, made to fit 80 columns."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def summary_table(summary: dict[str, Any]) -> Table:
    """One row a cell: runs done of all, divergences, the final value's mean and range, the mean width of the band."""
    table = Table(title=f"{summary['metric']} over the seeds of each cell", title_justify="left", title_style="bold")
    table.add_column("cell", overflow="fold")
    for heading in ("runs", "bad", "final mean", "final range", "band width"):
        table.add_column(heading, justify="right", no_wrap=True)
    widest = max((cell["band_width"] or 0.0 for cell in summary["cells"]), default=0.0)
    for cell in summary["cells"]:
        final, width = cell["final"], cell["band_width"]
        bold = "bold" if width is not None and width == widest else ""
        table.add_row(
            cell["cell"], *evidence(cell), number(final["mean"]), value_range(final), number(width), style=bold
        )
    return table


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def evidence(cell: Mapping[str, Any]) -> tuple[str, str]:
    """Runs done of all, '3/3', and diverged, collapsed, failed and cancelled ones, '1 div 2 fail'."""
    total = cell["num_runs"]["total"]
    outcome, status = cell["num_runs"]["outcome"], cell["num_runs"]["status"]
    counts = {
        "div": outcome["diverged"],
        "coll": outcome["collapsed"],
        "fail": status["failed"],
        "canc": status["cancelled"],
    }
    return f"{status['finished']}/{total}", " ".join(f"{n} {word}" for word, n in counts.items() if n) or "-"


def value_range(final: Mapping[str, Any]) -> str:
    return "-" if final["min"] is None else f"{final['min']:.3f}-{final['max']:.3f}"
