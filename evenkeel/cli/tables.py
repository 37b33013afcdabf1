"""Answers as tables for the terminal, made to fit 80 columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

UNITS = {"final": "", "spread": " x", "divergence": " odds"}


def summary_table(summary: dict[str, Any]) -> Table:
    """One row a cell: runs done of all, what came to nothing, the final value's mean and its 95 % interval, the mean
    width of the band, and the median epoch of reaching the threshold where one was asked for."""
    table = Table(title=f"{summary['metric']} over the seeds of each cell", title_justify="left", title_style="bold")
    table.add_column("cell", overflow="fold")
    threshold = next((cell["reaching"]["threshold"] for cell in summary["cells"] if cell["reaching"]), None)
    more = [] if threshold is None else [f"epochs to {threshold:g}"]
    for heading in ("runs", "bad", "final mean", "final range", "band", *more):
        table.add_column(heading, justify="right", no_wrap=heading not in more)
    widest = max((cell["band_width"] or 0.0 for cell in summary["cells"]), default=0.0)
    for cell in summary["cells"]:
        final, width = cell["final"], cell["band_width"]
        bold = "bold" if width is not None and width == widest else ""
        row = [cell["cell"], *evidence(cell), number(final["mean"]), value_range(final), number(width)]
        table.add_row(*row, *(_epochs_to(cell) for _ in more), style=bold)
    return table


def evidence_line(cells: Sequence[Mapping[str, Any]]) -> str:
    """What the columns mean, and what the cell with the fewest seeds can tell."""
    weakest = min((cell["evidence"] for cell in cells), key=lambda found: found["n"])
    lines = ["Band: mean over epochs of highest minus lowest seed; the widest in bold."]
    lines.append(f"n = {weakest['n']}: {weakest['says']}.")
    if weakest["n"] >= 2:
        lines.append(f"The next seed falls inside a band with probability {_inside_next(weakest['n']):.0%}.")
    if weakest["more"]:
        lines.append(weakest["more"])
    return " ".join(lines)


def effects_table(effects: Mapping[str, Any]) -> Table:
    """One row a contrast, the responses below each other."""
    table = Table(title=f"What {effects['metric']} depends on", title_justify="left", title_style="bold")
    for heading in ("", "factor", "level", "effect", "95 %", "p"):
        table.add_column(heading, justify="right" if heading in ("effect", "95 %", "p") else "left", overflow="fold")
    for name, response in effects["responses"].items():
        for term in response["terms"]:
            star = " *" if term["matters"] else ""
            for contrast in term["contrasts"]:
                level = f"{contrast['level']} v {contrast['against']}"
                interval = f"{number(contrast['low'])} to {number(contrast['high'])}"
                estimate = number(contrast["estimate"]) + (UNITS[name] if contrast["estimate"] is not None else "")
                table.add_row(name, term["term"], level, estimate, interval, p_value(term["p_holm"]) + star)
            if term["order"] > 1 and term["p"] is not None:
                table.add_row(name, term["term"], "together", "", "", p_value(term["p"]))
    return table


def comparison_table(found: Mapping[str, Any]) -> Table:
    """One row a comparison; every p is Holm's."""
    title = f"{found['metric']}: {found['a']} against"
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("cell", overflow="fold")
    for heading in ("P(better)", "95 %", "p", "difference", "spread"):
        table.add_column(heading, justify="right", no_wrap=True)
    for comparison in found["comparisons"]:
        better, mean = comparison["improvement"], comparison["mean"]
        table.add_row(
            comparison["b"],
            number(better["probability"], 2),
            f"{number(better['low'], 2)}-{number(better['high'], 2)}",
            number(better["p_holm"], 2),
            number(mean["difference"]),
            f"{number(comparison['spread']['ratio'], 1)} x",
        )
    return table


def p_value(value: float | None) -> str:
    return "<0.001" if value is not None and value < 0.001 else number(value)


def number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}" if abs(value) < 1e4 else f"{value:.{digits}g}"


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
    return "-" if final["min"] is None else f"{number(final['min'])}-{number(final['max'])}"


def _inside_next(n: int) -> float:
    """Of n + 1 exchangeable values the last is the lowest or the highest with probability 2 / (n + 1)."""
    return (n - 1) / (n + 1)


def _epochs_to(cell: Mapping[str, Any]) -> str:
    reaching = cell["reaching"]
    median = "never" if reaching["median_epoch"] is None else reaching["median_epoch"]
    return f"{median} ({reaching['reached']}/{reaching['n']})"
