"""How far an experiment is: in words, and as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

# A run with one of these statuses has not ended.
GOING = ("queued", "running", "paused")


def describe_progress(detail: Mapping[str, Any]) -> str:
    """'18 of 24 runs done, 2 running, 4 queued, about 0:20 left'."""
    counts = detail["num_runs"]
    status, outcome = counts["status"], counts["outcome"]
    done = counts["total"] - sum(status.get(name, 0) for name in GOING)
    parts = [f"{done} of {counts['total']} runs done", f"{status['running']} running", f"{status['queued']} queued"]
    others = {"paused": status.get("paused", 0), "diverged": outcome["diverged"]}
    others |= {"failed": status["failed"], "cancelled": status["cancelled"]}
    parts += [f"{n} {word}" for word, n in others.items() if n]
    if not is_over(detail) and not detail.get("paused"):
        seconds = detail["eta_seconds"]
        parts.append("time left not known yet" if seconds is None else f"about {_clock(seconds)} left")
    says = what_it_says(detail)
    return ", ".join(parts) + (f". {says}" if says else "")


def is_over(detail: Mapping[str, Any]) -> bool:
    """Whether every run has ended, and no rule may add seeds."""
    status, rule = detail["num_runs"]["status"], detail.get("replication")
    return not any(status.get(name, 0) for name in GOING) and not (rule and rule["going"])


def what_it_says(detail: Mapping[str, Any]) -> str:
    """Why the experiment gets more seeds by its rule, or no more, how it goes on if it is paused, and which package its
    runs wait for; empty if none of that is so."""
    rule, paused = detail.get("replication"), detail.get("paused") and not is_over(detail)
    pause_says = f"It is paused; to go on: evenkeel resume {detail['name']}" if paused else ""
    said = (str(rule["says"]) if rule else "", pause_says, detail.get("waits_for"))
    return " ".join(each for each in said if each)


class Bars:
    """A bar for the whole experiment, and one for each run that trains now."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), MofNCompleteColumn())
        self._bars = Progress(*columns)
        self._whole = self._bars.add_task("all epochs")
        self._running: dict[str, TaskID] = {}

    def show(self, detail: Mapping[str, Any], runs: Sequence[Mapping[str, Any]]) -> RenderableType:
        """What rich prints. runs: the runs that train now."""
        from rich.console import Group
        from rich.text import Text

        self._bars.update(self._whole, completed=detail["epochs_done"], total=detail["epochs_total"])
        for gone in set(self._running) - {run["id"] for run in runs}:
            self._bars.remove_task(self._running.pop(gone))
        for run in runs:
            if run["id"] not in self._running:
                name = f"{run['cell']} seed {run['seed']}"
                self._running[run["id"]] = self._bars.add_task(name, total=run["epochs"])
            self._bars.update(self._running[run["id"]], completed=run["num_epochs"])
        return Group(Text.assemble((str(detail["name"]), "bold"), f": {describe_progress(detail)}"), self._bars)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
