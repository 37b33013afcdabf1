"""Follows an experiment in the terminal until every run of it has ended."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.text import Text

from evenkeel.client import Client
from evenkeel.connection import Unreachable

POLL_SECONDS = 1.0
TENTHS = 10
QUIET_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
# A run with one of these statuses has not ended.
GOING = ("queued", "running", "paused")

Answer = TypeVar("Answer")


def watch_experiment(client: Client, name: str, console: Console) -> dict[str, Any]:
    """Show the progress of an experiment, with bars on a terminal, and with a line now and then elsewhere.

    Returns:
        The experiment as it is at the end.
    """
    client.experiment(name)
    follow = _follow_with_bars if console.is_terminal else _follow_with_lines
    return follow(_Patient(client), name, console)


class _Patient:
    """Asks again while the API does not answer. It may be restarting, and the training goes on without it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def experiment(self, name: str) -> dict[str, Any]:
        return self._insist(lambda: self._client.experiment(name))

    def runs(self, name: str) -> list[dict[str, Any]]:
        return self._insist(lambda: self._client.runs(name))

    def _insist(self, ask: Callable[[], Answer]) -> Answer:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return ask()
            except Unreachable:
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)


def describe_progress(detail: dict[str, Any]) -> str:
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
    says = _says(detail)
    return ", ".join(parts) + (f". {says}" if says else "")


def is_over(detail: dict[str, Any]) -> bool:
    """Whether every run has ended, and no rule may add seeds."""
    status, rule = detail["num_runs"]["status"], detail.get("replication")
    return not any(status.get(name, 0) for name in GOING) and not (rule and rule["going"])


def _says(detail: dict[str, Any]) -> str:
    """Why the experiment gets more seeds by its rule, or no more, how it goes on if it is paused, and which package its
    runs wait for; empty if none of that is so."""
    rule, paused = detail.get("replication"), detail.get("paused") and not is_over(detail)
    pause_says = f"It is paused; to go on: evenkeel resume {detail['name']}" if paused else ""
    said = (str(rule["says"]) if rule else "", pause_says, detail.get("waits_for"))
    return " ".join(each for each in said if each)


def _follow_with_lines(client: _Patient, name: str, console: Console) -> dict[str, Any]:
    """Print a line for each tenth of the epochs, each round of seeds and each pause, and after a minute without a line.

    For a long experiment it is a tenth of the time so far instead of a minute, so that a log stays short.
    """
    began = said_at = time.monotonic()
    said_tenth, said = -1, ""
    while True:
        detail = client.experiment(name)
        over, now = is_over(detail), time.monotonic()
        tenth = TENTHS * detail["epochs_done"] // max(1, detail["epochs_total"])
        quiet = now - said_at >= max(QUIET_SECONDS, (now - began) / TENTHS)
        if over or quiet or tenth > said_tenth or _says(detail) != said:
            said_at, said_tenth, said = now, tenth, _says(detail)
            console.print(f"{name}: {describe_progress(detail)}", highlight=False)
        if over:
            return detail
        time.sleep(POLL_SECONDS)


def _follow_with_bars(client: _Patient, name: str, console: Console) -> dict[str, Any]:
    bars = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(bar_width=24), MofNCompleteColumn(), console=console
    )
    whole = bars.add_task("all epochs")
    running: dict[str, TaskID] = {}
    with Live(console=console, refresh_per_second=4) as live:
        while True:
            detail = client.experiment(name)
            bars.update(whole, completed=detail["epochs_done"], total=detail["epochs_total"])
            _show_running(bars, running, [run for run in client.runs(name) if run["status"] == "running"])
            live.update(Group(Text.assemble((name, "bold"), f": {describe_progress(detail)}"), bars))
            if is_over(detail):
                return detail
            time.sleep(POLL_SECONDS)


def _show_running(bars: Progress, shown: dict[str, TaskID], running: list[dict[str, Any]]) -> None:
    """Show one bar for each run that trains now."""
    for gone in set(shown) - {run["id"] for run in running}:
        bars.remove_task(shown.pop(gone))
    for run in running:
        if run["id"] not in shown:
            shown[run["id"]] = bars.add_task(f"{run['cell']} seed {run['seed']}", total=run["epochs"])
        bars.update(shown[run["id"]], completed=run["num_epochs"])


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
