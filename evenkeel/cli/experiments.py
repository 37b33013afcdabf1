"""The commands for experiments: post a grid, and list experiments and runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from evenkeel.cli import completing
from evenkeel.cli.changes import check_one
from evenkeel.cli.common import (
    AsJson,
    NameOrRun,
    RunId,
    Url,
    connected,
    console,
    count,
    fail,
    print_json,
)
from evenkeel.cli.files import read_grid
from evenkeel.client import Client
from evenkeel.notebook.progress import GOING, describe_progress


def submit(
    file: Annotated[Path | None, typer.Argument(help="A file with a grid as JSON. '-' reads standard input.")] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="A grid that a task brings. `evenkeel tasks TASK` lists them.", autocompletion=completing.presets
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the cells. Nothing is created.")] = False,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Post a grid, so that its runs are trained.

    Runs that exist already stay as they are. Posting a grid again adds only the runs that are missing.
    """
    if (file is None) == (preset is None):
        fail("name a file with a grid, or --preset NAME; evenkeel tasks TASK lists the presets of a task")
    with connected(url) as client:
        grid = read_grid(file) if file is not None else _find_preset(client, str(preset))
        answer = client.submit(grid, dry_run)
        if as_json:
            return print_json(answer)
        if dry_run:
            from evenkeel.cli.tables import show_plan

            show_plan(console.rich, answer)
            _print_notes(answer)
            most = answer.get("most_runs", answer["num_runs"])
            runs = f"{answer['num_runs']}" if most == answer["num_runs"] else f"{answer['num_runs']} to {most}"
            console.print(f"{runs} runs, {answer['num_new']} of them new. Nothing was created.")
            for answered in filter(None, (answer.get("estimate"), answer.get("detectable"))):
                console.print(answered["says"], markup=False, highlight=False)
            return
        created = f"{count(answer['created'], 'run')} created, {answer['existing']} existed before."
        console.print(f"{answer['name']}: {created}", highlight=False)
        _print_notes(answer)
        if answer["broker"] == "away":
            console.print("The broker does not answer. The runs are stored, and start when it is back.")
        if answer["waits_for"]:
            console.print(answer["waits_for"].capitalize() + ".", style="yellow", highlight=False)
        for line in _what_next(answer):
            console.print(line, highlight=False)


def experiments(as_json: AsJson = False, url: Url = None) -> None:
    """List the experiments, and how far each one is."""
    from evenkeel.cli.lists import show_list

    with connected(url) as client:
        found = client.experiments()
        if as_json:
            return print_json(found)
        rows = [
            (brief["name"], str(brief["num_cells"]), describe_progress(client.experiment(brief["name"])))
            for brief in found
        ]
    if not found:
        return console.print("There is no experiment yet. A first one: evenkeel submit --preset demo", highlight=False)
    show_list(console.rich, ("experiment", "cells", "progress"), rows, prose=("progress",), right=("cells",))


def runs(name: NameOrRun = None, run: RunId = None, as_json: AsJson = False, url: Url = None) -> None:
    """List the runs of an experiment, or the attempts at one run."""
    from evenkeel.cli.attempts import attempt_lines
    from evenkeel.cli.tables import show_runs

    check_one(name, run)
    with connected(url) as client:
        found: Any = client.runs(name) if name is not None else client.run(str(run))
    if as_json:
        return print_json(found)
    if name is not None:
        return show_runs(console.rich, name, found)
    for line in attempt_lines(found):
        console.print(line, markup=False, highlight=False)


def _print_notes(answer: dict[str, Any]) -> None:
    for note in answer.get("notes", ()):
        console.print(f"Note: {note}", markup=False, highlight=False)


def _what_next(answer: dict[str, Any]) -> Iterator[str]:
    """Which runs a post starts no more, and how to follow the others."""
    name, runs = answer["name"], answer.get("num_runs", {"total": 0, "status": {}})
    status = runs["status"]
    cancelled, failed = status.get("cancelled", 0), status.get("failed", 0)
    cancelled, failed = status.get("cancelled", 0), status.get("failed", 0)
    told = [f"{cancelled} {'is' if cancelled == 1 else 'are'} cancelled"] if cancelled else []
    told += [f"{failed} failed"] if failed else []
    if told:
        yield f"Of its {count(runs['total'], 'run')}, {' and '.join(told)}. A post does not queue them again."
        yield f"To queue them again: evenkeel retry {name}"
    if not status or any(status.get(going) for going in GOING):
        yield f"Follow it: evenkeel watch {name}"
    elif status["finished"] and not told:
        yield f"No run is left to train. See the answer: evenkeel effects {name}"


def _find_preset(client: Client, name: str) -> dict[str, Any]:
    """The preset with this name, from the first task that has one."""
    presets: dict[str, dict[str, Any]] = {}
    for task in client.tasks():
        for preset, grid in task["presets"].items():
            presets.setdefault(preset, {"task": task["name"]} | grid)
    if name not in presets:
        fail(f"--preset {name}: is not known; allowed: {', '.join(sorted(presets))}")
    return presets[name]
