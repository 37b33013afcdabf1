"""How far an experiment is: in words, and as bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import RenderableType

MOST_BARS = 8  # runs that train now; a machine has more, and the bands need room
LEAST_BANDS = 3

# A run with one of these statuses has not ended.
GOING = ("queued", "running", "paused")


@dataclass(frozen=True)
class Now:
    """An experiment as it is now.

    Attributes:
        detail: How far it is, as GET /experiments/{name} says it.
        workers: The workers that were seen lately; None if nobody asked.
        summary: Its summary; None if nobody asked, or there is none.
    """

    detail: Mapping[str, Any]
    workers: Sequence[Mapping[str, Any]] | None = None
    summary: Mapping[str, Any] | None = None

    @property
    def training(self) -> list[Mapping[str, Any]]:
        """Its runs that train now."""
        every = (run for worker in self.workers or () for run in worker.get("trains", ()))
        return [run for run in every if run["experiment"] == self.detail["name"]]


def describe_progress(detail: Mapping[str, Any]) -> str:
    """'18 of 24 runs done, 2 running, 4 queued, about 0:20 left'."""
    counts = detail["num_runs"]
    status, outcome = counts["status"], counts["outcome"]
    done = counts["total"] - sum(status.get(name, 0) for name in GOING)
    parts = [f"{done} of {counts['total']} runs done", f"{status['running']} running", f"{status['queued']} queued"]
    others = {"paused": status.get("paused", 0), "diverged": outcome["diverged"]}
    others |= {"collapsed": outcome.get("collapsed", 0)}
    others |= {"failed": status["failed"], "cancelled": status["cancelled"]}
    parts += [f"{n} {word}" for word, n in others.items() if n]
    if not is_over(detail) and not detail.get("paused"):
        seconds = detail["eta_seconds"]
        parts.append("time left not known yet" if seconds is None else f"about {clock(seconds)} left")
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


def what_keeps_it(now: Now) -> list[str]:
    """What is wrong with the workers that its runs need, in sentences; nothing while it is paused or over."""
    detail, workers = now.detail, now.workers
    status = detail["num_runs"]["status"]
    if workers is None or is_over(detail) or detail.get("paused") or not (status["queued"] or status["running"]):
        return []
    if not workers:
        return ["No worker was seen lately. Queued runs wait until one is back."]
    wanted = detail.get("device", "any")
    fit = [worker for worker in workers if wanted in ("any", worker["device"].partition(":")[0])]
    if not fit and all(worker["device"] != "starting" for worker in workers):
        return [f"Its runs wait for a worker with the device {wanted}, and there is none."]
    return [f"{worker['name']}: {worker['problem']}" for worker in fit if worker["problem"]]


class Bars:
    """A bar for the whole experiment, and one for each run that trains now; below them the bands of its cells."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

        columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), MofNCompleteColumn())
        self._bars = Progress(*columns)
        self._whole = self._bars.add_task("all epochs")
        self._running: dict[str, TaskID] = {}

    def show(self, now: Now, height: int = 100, trouble: str = "") -> RenderableType:
        """What rich prints.

        Args:
            height: Number of lines that it may have.
            trouble: What else is wrong.
        """
        from rich.console import Group
        from rich.text import Text

        from evenkeel.notebook.sparklines import BandLines

        detail, runs = now.detail, now.training[:MOST_BARS] if not is_over(now.detail) else []
        self._bars.update(self._whole, completed=detail["epochs_done"], total=detail["epochs_total"])
        for gone in set(self._running) - {run["id"] for run in runs}:
            self._bars.remove_task(self._running.pop(gone))
        for run in runs:
            if run["id"] not in self._running:
                name = f"{run['cell']} seed {run['seed']}"
                self._running[run["id"]] = self._bars.add_task(name, total=run["epochs"])
            self._bars.update(self._running[run["id"]], completed=run["num_epochs"])
        first = Text.assemble((str(detail["name"]), "bold"), f": {describe_progress(detail)}")
        troubles = [Text(said, style="yellow") for said in (*what_keeps_it(now), *filter(None, [trouble]))]
        if now.summary is None:
            return Group(first, *troubles, self._bars)
        # Sentences may take two lines each, and the bands have a heading and a last line.
        room = height - 2 - 2 * len(troubles) - 1 - len(runs) - 3
        num_epochs = round(detail["epochs_total"] / max(1, detail["num_runs"]["total"]))
        return Group(first, *troubles, self._bars, BandLines(now.summary, num_epochs, max(LEAST_BANDS, room)))


def clock(seconds: float) -> str:
    """'0:20', '1:05:09'."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
