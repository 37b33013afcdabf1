"""A summary as a table for the terminal, made to fit 80 columns."""

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
            cell["cell"], _runs(cell), _bad(cell), number(final["mean"]), _range(final), number(width), style=bold
        )
    return table


def number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _runs(cell: dict[str, Any]) -> str:
    counts = cell["num_runs"]
    return f"{counts['status']['finished']}/{counts['total']}"


def _bad(cell: dict[str, Any]) -> str:
    """Diverged, collapsed, failed and cancelled runs: '1 div 2 fail'."""
    outcome, status = cell["num_runs"]["outcome"], cell["num_runs"]["status"]
    counts = {
        "div": outcome["diverged"],
        "coll": outcome["collapsed"],
        "fail": status["failed"],
        "canc": status["cancelled"],
    }
    return " ".join(f"{n} {word}" for word, n in counts.items() if n) or "-"


def _range(final: dict[str, Any]) -> str:
    return "-" if final["min"] is None else f"{final['min']:.3f}-{final['max']:.3f}"
