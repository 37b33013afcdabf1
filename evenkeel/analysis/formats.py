"""Formats numbers and counts for tables that people read."""

from evenkeel.analysis.facts import CellSummary
from evenkeel.lab.status import Status
from evenkeel.statistics.final import FinalStats


def number(value: float | None, digits: int = 3) -> str:
    return "-" if value is None else f"{value:.{digits}f}" if abs(value) < 1e4 else f"{value:.{digits}g}"


def evidence(cell: CellSummary) -> tuple[str, str]:
    """How many of all runs have finished, '3/3', and how many diverged, collapsed, failed or were cancelled.

    The second text is '1 div 2 fail' for example, and '-' if there are no such runs. A seed that diverged in several
    experiments counts once.
    """
    status = cell.num_runs.status
    counts = {
        "div": cell.divergence.diverged,
        "coll": cell.divergence.collapsed,
        "fail": status[Status.FAILED],
        "canc": status[Status.CANCELLED],
    }
    bad = " ".join(f"{n} {word}" for word, n in counts.items() if n)
    return f"{status[Status.FINISHED]}/{cell.num_runs.total}", bad or "-"


def value_range(final: FinalStats) -> str:
    return "-" if final.min is None else f"{number(final.min)}-{number(final.max)}"
