"""The command that shows what can be trained: the tasks, and the factors and metrics of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from evenkeel.cli import completing
from evenkeel.cli.common import AsJson, Url, connected, console, fail, print_json
from evenkeel.grids.ranges import default_of, range_of

if TYPE_CHECKING:
    from rich.table import Table


def tasks(
    name: Annotated[
        str | None,
        typer.Argument(help="The task to show. By default all are listed.", autocompletion=completing.tasks),
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """List what can be trained, and which workers train it.

    With the name of a task, it shows every factor, metric and preset of that task.
    """
    with connected(url) as client:
        found = client.tasks()
    chosen = [task for task in found if name in (None, task["name"])]
    if not chosen:
        fail(f"there is no task {name!r}; there are: {', '.join(task['name'] for task in found)}")
    if as_json:
        return print_json(found if name is None else chosen[0])
    if name is None:
        _show(_tasks_table(found))
        return
    task = chosen[0]
    package = f", of {_package_of(task)}" if _package_of(task) else ""
    about = f"{task['name']}, version {task['version']}{package}. Trained by: {_trained_by(task)}."
    console.print(about, highlight=False, markup=False)
    _show(_factors_table(task))
    if task.get("levels"):
        _show(_levels_table(task))
    _show(_metrics_table(task))
    console.print(f"Presets: {', '.join(task['presets']) or 'none'}.", highlight=False)


def _show(table: Table) -> None:
    from evenkeel.cli.lists import show_whole

    # It is read by people, also in a pipe, so its sentences are folded.
    show_whole(console.rich, table, console.rich.width)


def _tasks_table(tasks: Sequence[dict[str, Any]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("task", "factors and metrics", show_lines=True)
    for task in tasks:
        factors, metrics = ", ".join(task["parameters"]["properties"]), ", ".join(m["name"] for m in task["metrics"])
        named = filter(None, (_package_of(task), f"trained by {_trained_by(task)}"))
        about = Text(task["name"]).append("".join(f"\n{line}" for line in named), style="dim")
        table.add_row(about, Text(f"{factors}\n").append(metrics, style="dim"))
    return table


def _factors_table(task: dict[str, Any]) -> Table:
    """One row for each factor, in the order of declaration. The default is '-' if a grid must name a level."""
    from rich.table import Table
    from rich.text import Text

    schema = task["parameters"]
    table = Table("factor", "default", "levels, and what it is")
    for name, field in schema["properties"].items():
        levels = Text(range_of(field, schema)).append(f"\n{field.get('description', '')}".rstrip(), style="dim")
        table.add_row(Text(name), Text(default_of(field)), levels)
    return table


def _levels_table(task: dict[str, Any]) -> Table:
    """One row for each level that another package brings."""
    from rich.table import Table
    from rich.text import Text

    table = Table("level", "package", "what it is", "trained by")
    for level in task["levels"]:
        name = f"{level['factor']} {level['level']}"
        table.add_row(*map(Text, (name, _package_of(level), level["description"], _trained_by(level))))
    return table


def _metrics_table(task: dict[str, Any]) -> Table:
    """One row for each metric, in the order of declaration. The default one is marked."""
    from rich.table import Table
    from rich.text import Text

    table = Table("metric", "better", "unit", "what it is")
    table.caption, table.caption_justify = "* The default metric.", "left"
    for metric in task["metrics"]:
        name = metric["name"] + (" *" if metric["name"] == task["default_metric"] else "")
        what = ("Diagnostic. " if metric["diagnostic"] else "") + metric["description"]
        table.add_row(*map(Text, (name, metric["better"], metric["unit"], what)))
    return table


def _package_of(part: dict[str, Any]) -> str:
    """'lab-nets 0.1.0': the package that brings a task or a level; '' if none does."""
    return f"{part['package']} {part['package_version']}" if part.get("package") else ""


def _trained_by(part: dict[str, Any]) -> str:
    return ", ".join(part["workers"]) or "no worker that was seen lately"
