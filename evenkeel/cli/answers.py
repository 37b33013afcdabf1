"""Answers: which factor mattered, whether a cell is better, how many seeds it takes."""

import json
from typing import Annotated

import typer

from evenkeel.cli.common import AsJson, Metric, Name, Task, Url, Where, connected, console, to_query
from evenkeel.cli.tables import effects_table, show_comparisons

A_CELL = "A cell: its name or its hash, or a beginning of either that fits no other cell."


def effects(
    name: Name,
    where: Where = None,
    task: Task = None,
    metric: Metric = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Which factor mattered for the final value, the spread over seeds and divergence, and how sure that is.

    Any factor narrows it: --lr 0.003 --batch-size 64.
    """
    with connected(url) as client:
        found = client.effects(**to_query(name, task, metric, where))
    if as_json:
        return print(json.dumps(found, indent=2))
    console.print(effects_table(found))
    console.print(
        "* p at most 0.05 after Holm over the factors. Together: what they do beyond their sum, p as it is.",
        style="dim",
        highlight=False,
    )
    for note in found["notes"]:
        console.print(f"Note: {note}", style="dim", highlight=False)
    console.print(found["answer"], highlight=False)


def compare(
    name: Name,
    a: Annotated[str, typer.Argument(help=A_CELL)],
    b: Annotated[list[str] | None, typer.Argument(help="Cells to compare it with; every other one if none.")] = None,
    task: Task = None,
    metric: Metric = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Is one cell better than others, does it diverge more often, does it spread more?"""
    query = to_query(name, task, metric) | {"a": a, "b": b or []}
    with connected(url) as client:
        found = client.compare(**query)
    if as_json:
        return print(json.dumps(found, indent=2))
    show_comparisons(console, found)
    for comparison in found["comparisons"]:
        console.print(comparison["says"], highlight=False)


def seeds_needed(
    name: Name,
    cell: Annotated[str, typer.Argument(help=A_CELL)],
    half_width: Annotated[float, typer.Option(help="Of the 95 % interval, in the metric's unit.")],
    of: Annotated[str, typer.Option(help="mean, std or divergence.")] = "mean",
    task: Task = None,
    metric: Metric = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """How many seeds it takes to know a cell's mean, spread or rate of divergence so well, and what they would cost."""
    query = to_query(name, task, metric) | {"cell": cell, "half_width": half_width, "of": of}
    with connected(url) as client:
        found = client.seeds_needed(**query)
    if as_json:
        return print(json.dumps(found, indent=2))
    console.print(found["says"], highlight=False)
