"""Completes names in the shell. It asks the API for at most a second each, and is silent if there is no answer."""

from collections.abc import Callable, Iterable
from typing import Any

import typer

from evenkeel.client import Client

Names = list[tuple[str, str]]  # (what is completed, what it is)

SECONDS = 1.0
MOST_RUNS = 200  # more are too many to choose from
# Where a command keeps the factor whose level is completed: `--lr <TAB>`.
FACTOR = "evenkeel.factor"


def experiments(context: typer.Context, incomplete: str) -> Names:
    if factor := context.meta.get(FACTOR):
        return levels(context, factor)
    return _ask(context, lambda client: [(each["name"], f"{each['num_cells']} cells") for each in client.experiments()])


def cells(context: typer.Context, incomplete: str) -> Names:
    """The cells of the experiment that was named before."""
    name = context.params.get("name")
    return _ask(context, lambda client: [(run["cell"], f"of {name}") for run in client.runs(name)] if name else [])


def runs(context: typer.Context, incomplete: str) -> Names:
    """The ids of runs, those of the newest experiment first."""

    def find(client: Client) -> Iterable[tuple[str, str]]:
        found: Names = []
        for brief in reversed(client.experiments()):
            found += [(run["id"][:8], f"{run['cell']}, seed {run['seed']}") for run in client.runs(brief["name"])]
            if len(found) >= MOST_RUNS:
                break
        # If somebody has typed a part of it, all of these runs may be meant.
        return found if incomplete else found[:MOST_RUNS]

    return _ask(context, find)


def tasks(context: typer.Context, incomplete: str) -> Names:
    return _ask(context, lambda client: [(task["name"], _first_line(task)) for task in client.tasks()])


def metrics(context: typer.Context, incomplete: str) -> Names:
    return _ask_tasks(context, lambda task: [(each["name"], each["label"]) for each in task["metrics"]])


def presets(context: typer.Context, incomplete: str) -> Names:
    return _ask_tasks(context, lambda task: [(name, f"of {task['name']}") for name in task["presets"]])


def filters(context: typer.Context, incomplete: str) -> Names:
    """'lr=', for each factor; its levels, once it is there."""
    factor, equals, _ = incomplete.partition("=")
    if equals:
        return [(f"{factor}={level}", about) for level, about in levels(context, factor)]
    return [(f"{name}=", about) for name, about in factors(context)]


def factors(context: typer.Context) -> Names:
    return _ask_tasks(
        context,
        lambda task: [(name, field.get("description", "")) for name, field in task["parameters"]["properties"].items()],
    )


def levels(context: typer.Context, factor: str) -> Names:
    """The levels that a task lists for the factor. A number has none."""

    def find(task: dict[str, Any]) -> Names:
        schema = task["parameters"]
        field = schema["properties"].get(factor, {})
        if "$ref" in field:
            field = schema["$defs"][field["$ref"].rpartition("/")[2]]
        listed = ["true", "false"] if field.get("type") == "boolean" else field.get("enum", [])
        return [(str(level), "") for level in listed]

    return _ask_tasks(context, find)


def _ask_tasks(context: typer.Context, find: Callable[[dict[str, Any]], Names]) -> Names:
    wanted = context.params.get("task")
    return _ask(
        context,
        lambda client: [name for task in client.tasks() if wanted in (None, task["name"]) for name in find(task)],
    )


def _ask(context: typer.Context, find: Callable[[Client], Iterable[tuple[str, str]]]) -> Names:
    """What the API knows, each name once."""
    try:
        url = context.params.get("url")
        with Client(url, timeout_seconds=SECONDS, on_left_out=lambda says: None) as client:
            return list(dict(find(client)).items())
    except Exception:  # Whatever it is, a line that somebody types is no place for it.
        return []


def _first_line(task: dict[str, Any]) -> str:
    return str(task["description"]).partition("\n")[0]
