"""Shows answers as tables in the terminal. They fit into 80 columns."""

from collections.abc import Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from evenkeel.cli.cells import Column, show_cells
from evenkeel.grids.levels import show

UNITS = {"final": "", "spread": " x", "divergence": " odds"}


def show_summary(console: Console, summary: Mapping[str, Any]) -> None:
    """Show a row for each cell.

    It has how many of all runs have finished, the bad runs, the mean and range of the final value, and the mean width
    of the band. If the user gave a threshold, it has the median epoch in which the runs reach it.
    """
    cells = summary["cells"]
    threshold = next((cell["reaching"]["threshold"] for cell in cells if cell["reaching"]), None)
    widest = max((cell["band_width"] or 0.0 for cell in cells), default=0.0)
    columns = [
        Column("runs", lambda cell: evidence(cell)[0], 3),
        Column("bad", lambda cell: evidence(cell)[1], 1),
        Column("final\nmean", lambda cell: number(cell["final"]["mean"])),
        Column("final\nrange", lambda cell: value_range(cell["final"]), 5),
        Column("band", _band),
    ]
    columns += [] if threshold is None else [Column(f"epochs\nto {threshold:g}", _epochs_to)]
    show_cells(
        console,
        f"{summary['metric']} over the seeds of each cell",
        cells,
        summary["differing"],
        columns,
        is_bold=lambda cell: cell["band_width"] is not None and cell["band_width"] == widest,
        whole="--json or evenkeel export",
    )


def evidence_line(summary: Mapping[str, Any]) -> str:
    """What the columns mean, and what the cell with the fewest seeds can show."""
    weakest = min((cell["evidence"] for cell in summary["cells"]), key=lambda found: found["n"])
    fewest = summary["fewest_seeds"]
    lines = ["Band: mean over epochs of highest minus lowest seed that trained. The widest is bold."]
    if any(cell["divergence"]["unstable"] for cell in summary["cells"]):
        lines.insert(0, "Unstable: half or more of the seeds diverged or collapsed, so there is no band.")
    lines.append(f"n = {weakest['n']}: {weakest['says']}.")
    # Nothing can be said of the band of a single seed.
    if fewest is not None and fewest > 1:
        lines.append(
            "At any one epoch, the next seed that survives falls inside a cell's band with probability "
            f"{_inside_next(fewest):.0%} or more. The band with the fewest seeds has {fewest}."
        )
    if any(cell["divergence"]["unfinished"] for cell in summary["cells"]):
        lines.append("Some seeds have not ended. What is bad so far is no rate, since diverged runs end first.")
    if any(cell["repeated_seeds"] for cell in summary["cells"]):
        lines.append("A seed that was trained several times counts once.")
    if any(len(cell["arithmetics"]) > 1 for cell in summary["cells"]):
        lines.append("Some cells mix runs that computed with different devices, versions of torch or threads.")
    if weakest["more"]:
        lines.append(weakest["more"])
    return " ".join(lines)


def effects_table(effects: Mapping[str, Any]) -> Table:
    """One row for each contrast. The responses stand below each other."""
    title = f"What {effects['metric']} depends on"
    table = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.show_edge = table.pad_edge = False
    folded = {"factor": 8, "level": 9}
    for heading in ("", "factor", "level", "effect", "95 %", "p"):
        table.add_column(
            heading,
            justify="right" if heading in ("effect", "95 %", "p") else "left",
            overflow="fold",
            no_wrap=heading not in folded,
            min_width=folded.get(heading),
        )
    for name, response in effects["responses"].items():
        for term in response["terms"]:
            several = len(term["contrasts"]) > 1
            for contrast in term["contrasts"]:
                p = contrast["p_adjusted"] if several else term["p_holm"]
                star = " *" if term["matters"] and p is not None and p <= effects["level"] else ""
                level = f"{contrast['level']} v {contrast['against']}"
                interval = f"{number(contrast['low'])} to {number(contrast['high'])}"
                estimate = number(contrast["estimate"]) + (UNITS[name] if contrast["estimate"] is not None else "")
                table.add_row(name, term["term"], level, estimate, interval, p_value(p) + star)
            if term["order"] == 2 and term["p_holm"] is not None:
                star = " *" if term["matters"] else ""
                table.add_row(name, term["term"], "together", "", "", p_value(term["p_holm"]) + star)
    return table


def show_comparisons(console: Console, found: Mapping[str, Any]) -> None:
    """Show a row for each comparison. Every p is after Holm's correction."""
    told = [f"{factor} {show(found['levels'][factor])}" for factor in found["differing"]]
    columns = [
        Column("P(better)", lambda each: number(each["improvement"]["probability"], 2)),
        Column("95 %", lambda each: _interval(each["improvement"]), 3),
        Column("p", lambda each: p_value(each["improvement"]["p_holm"])),
        Column("difference", lambda each: number(each["mean"]["difference"]), 5),
        Column("spread", lambda each: _times(each["spread"]["ratio"]), 7),
    ]
    levels = f" ({', '.join(told)})" if told else ""
    title = f"{found['metric']}: {found['a']}{levels} against"
    show_cells(console, title, found["comparisons"], found["differing"], columns, name="b")


def _band(cell: Mapping[str, Any]) -> str:
    return "unstable" if cell["divergence"]["unstable"] else number(cell["band_width"])


def _times(ratio: float | None) -> str:
    return "-" if ratio is None else f"{number(ratio, 1)} x"


def _interval(better: Mapping[str, Any]) -> str:
    return f"{number(better['low'], 2)}-{number(better['high'], 2)}"


def show_plan(console: Console, plan: Mapping[str, Any]) -> None:
    """Show a row for each cell of a planned grid."""
    count = Column("parameters", lambda cell: "-" if cell["num_parameters"] is None else f"{cell['num_parameters']:,}")
    title = f"{plan['name']}: {len(plan['cells'])} cells"
    show_cells(console, title, plan["cells"], plan["differing"], [count])


def show_runs(console: Console, name: str, runs: Sequence[Mapping[str, Any]]) -> None:
    """Show a row for each run, and below the table the errors of runs."""
    columns = [
        Column("id", lambda run: str(run["id"][:8]), right=False),
        Column("seed", lambda run: str(run["seed"])),
        Column("status", lambda run: str(run["status"]), right=False),
        Column("outcome", lambda run: str(run["outcome"] or ""), right=False),
        Column("epochs", lambda run: f"{run['num_epochs']}/{run['epochs']}"),
    ]
    show_cells(console, f"{name}: {len(runs)} runs", runs, [], columns)
    for run in runs:
        if run["error"]:
            console.print(f"{run['id'][:8]}: {run['error']}", markup=False, highlight=False)


def p_value(value: float | None) -> str:
    return "<0.001" if value is not None and value < 0.001 else number(value)


def number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}" if abs(value) < 1e4 else f"{value:.{digits}g}"


def evidence(cell: Mapping[str, Any]) -> tuple[str, str]:
    """How many of all runs have finished, '3/3', and how many diverged, collapsed, failed or were cancelled.

    The second text is '1 div 2 fail' for example, and '-' if there are no such runs. A seed that diverged in several
    experiments counts once.
    """
    total = cell["num_runs"]["total"]
    status = cell["num_runs"]["status"]
    counts = {
        "div": cell["divergence"]["diverged"],
        "coll": cell["divergence"]["collapsed"],
        "fail": status["failed"],
        "canc": status["cancelled"],
    }
    return f"{status['finished']}/{total}", " ".join(f"{n} {word}" for word, n in counts.items() if n) or "-"


def value_range(final: Mapping[str, Any]) -> str:
    return "-" if final["min"] is None else f"{number(final['min'])}-{number(final['max'])}"


def _inside_next(n: int) -> float:
    """The probability that the next seed falls inside a band of n seeds.

    The last of n + 1 exchangeable values is the lowest or the highest with probability 2 / (n + 1).
    """
    return (n - 1) / (n + 1)


def _epochs_to(cell: Mapping[str, Any]) -> str:
    reaching = cell["reaching"]
    median = "never" if reaching["median_epoch"] is None else reaching["median_epoch"]
    return f"{median} ({reaching['reached']}/{reaching['n']})"
