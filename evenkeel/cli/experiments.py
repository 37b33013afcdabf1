"""Experiments: post a grid, follow it, list, cancel, try again."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from evenkeel.cli.common import AsJson, Name, Url, connected, console, fail
from evenkeel.cli.tables import show_plan, show_runs
from evenkeel.cli.watch import describe_progress, watch_experiment
from evenkeel.client import Client


def submit(
    file: Annotated[Path | None, typer.Argument(help="A grid as JSON; '-' reads standard input.")] = None,
    preset: Annotated[str | None, typer.Option(help="A grid of a task; `evenkeel tasks NAME` lists them.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the cells; create nothing.")] = False,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Post a grid: ensures that its runs exist. Posting again adds only what is missing."""
    if (file is None) == (preset is None):
        fail("name a file with a grid, or --preset NAME: evenkeel tasks NAME lists a task's presets")
    with connected(url) as client:
        grid = _read_grid(file) if file is not None else _find_preset(client, str(preset))
        answer = client.submit(grid, dry_run)
        if as_json:
            return print(json.dumps(answer, indent=2))
        if dry_run:
            show_plan(console, answer)
            for note in answer.get("notes", ()):
                console.print(f"Note: {note}", markup=False, highlight=False)
            console.print(f"{answer['num_runs']} runs, {answer['num_new']} of them new. Nothing was created.")
            return
        console.print(f"{answer['name']}: {answer['created']} runs created, {answer['existing']} were there before.")
        if answer["broker"] == "away":
            console.print("The broker is away: the runs are stored and start when it is back.")
        if answer["waits_for"]:
            console.print(answer["waits_for"].capitalize() + ".", style="yellow", markup=False, highlight=False)
        console.print(f"Follow it: evenkeel watch {answer['name']}", highlight=False)


def watch(name: Name, url: Url = None) -> None:
    """Follow an experiment until it is done. Exit code 1 if a run failed."""
    with connected(url) as client:
        detail = watch_experiment(client, name, console)
    if failed := detail["num_runs"]["status"]["failed"]:
        fail(f"{failed} runs failed: evenkeel runs {name} says why, evenkeel retry {name} queues them again")


def experiments(as_json: AsJson = False, url: Url = None) -> None:
    """List the experiments."""
    with connected(url) as client:
        found = client.experiments()
        if as_json:
            return print(json.dumps(found, indent=2))
        table = Table("experiment", "cells", "progress")
        for brief in found:
            table.add_row(brief["name"], str(brief["num_cells"]), describe_progress(client.experiment(brief["name"])))
    console.print(table)


def runs(name: Name, as_json: AsJson = False, url: Url = None) -> None:
    """List an experiment's runs."""
    with connected(url) as client:
        found = client.runs(name)
    if as_json:
        return print(json.dumps(found, indent=2))
    show_runs(console, name, found)


def cancel(name: Name, url: Url = None) -> None:
    """Cancel what is queued and stop what is running; what has finished stays."""
    with connected(url) as client:
        answer = client.cancel(name)
    console.print(f"{answer['cancelled']} runs cancelled, {answer['stopping']} stopping.")


def retry(name: Name, url: Url = None) -> None:
    """Queue an experiment's failed and cancelled runs again."""
    with connected(url) as client:
        answer = client.retry(name)
    console.print(f"{answer['queued']} runs queued again.")


def share(
    name: Name,
    priority: Annotated[int | None, typer.Option(help="The higher goes first; -100 to 100.")] = None,
    max_running: Annotated[int | None, typer.Option(help="Most runs that train at once; 0 for no limit.")] = None,
    device: Annotated[str | None, typer.Option(help="Where its queued runs may train: any, cpu or cuda.")] = None,
    url: Url = None,
) -> None:
    """Change an experiment's priority, its limit of running runs, or its device."""
    changes = {"priority": priority, "max_running": max_running, "device": device}
    given = {name: value for name, value in changes.items() if value is not None}
    if not given:
        fail("name what to change: --priority, --max-running or --device")
    with connected(url) as client:
        now = client.share(name, **given)
    limit = "no limit" if now["max_running"] is None else f"at most {now['max_running']} at once"
    console.print(f"{name}: priority {now['priority']}, {limit}, device {now['device']}.", highlight=False)


def _find_preset(client: Client, name: str) -> dict[str, Any]:
    """The grid of that name, of the first task that has one."""
    presets: dict[str, dict[str, Any]] = {}
    for task in client.tasks():
        for preset, grid in task["presets"].items():
            presets.setdefault(preset, {"task": task["name"]} | grid)
    if name not in presets:
        fail(f"--preset {name}: not known; allowed: {', '.join(sorted(presets))}")
    return presets[name]


def _read_grid(file: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text()
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    try:
        grid = json.loads(text)
    except ValueError as error:
        fail(f"{file}: is not JSON: {error}")
    if not isinstance(grid, dict):
        fail(f"{file}: a grid is a JSON object with name, grid, seeds and train")
    return grid
