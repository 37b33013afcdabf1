"""The commands for answers: which factor mattered, whether a cell is better, and how many seeds it needs."""

from typing import Annotated

import typer

from evenkeel.cli import completing
from evenkeel.cli.common import (
    AsJson,
    Metric,
    Name,
    Task,
    Url,
    Where,
    connected,
    console,
    given,
    print_json,
    to_query,
)
from evenkeel.cli.labels import filters_of

A_CELL = "A cell: its name or its hash, or a beginning of either that fits no other cell."


def effects(
    name: Name,
    where: Where = None,
    task: Task = None,
    metric: Metric = None,
    start_value: Annotated[
        float | None,
        typer.Option(help="The metric before training. In sensitivities, diverged runs count with this value."),
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Show which factor mattered, and how sure that is.

    Three things are looked at: the final value of the metric, how far the seeds spread, and how many runs diverged.

    Any factor narrows it: --lr 0.003 --batch-size 64.
    """
    from evenkeel.cli.lists import show_whole
    from evenkeel.cli.tables import effects_table

    query = to_query(name, task, metric) | given(start_value=start_value)
    with connected(url) as client:
        found = client.effects(**(filters_of(client, where, task) | query))
    if as_json:
        return print_json(found)
    table = effects_table(found)
    if table.row_count:
        show_whole(console.rich, table)
        console.print(
            f"* p is at most {found['level']:.2g} after Holm's correction over the factors. Together: the effect "
            "beyond the sum of the single effects, with p before any correction.",
            style="dim",
            highlight=False,
        )
    for note in found["notes"]:
        console.print(f"Note: {note}", style="dim", highlight=False)
    console.print(found["answer"], highlight=False)


def compare(
    name: Name,
    a: Annotated[str, typer.Argument(help=A_CELL, autocompletion=completing.cells)],
    b: Annotated[
        list[str] | None,
        typer.Argument(help="The cells to compare it with. By default all others.", autocompletion=completing.cells),
    ] = None,
    b_experiment: Annotated[
        str | None,
        typer.Option(
            help="The experiment of the cells that it is compared with. By default the same.",
            autocompletion=completing.experiments,
        ),
    ] = None,
    margin: Annotated[
        float | None,
        typer.Option(help="Also test whether it is nearly as stable: spreads less than this many times as wide."),
    ] = None,
    mean_margin: Annotated[
        float | None,
        typer.Option(help="Also test whether the means are less than this far apart, in the metric's unit."),
    ] = None,
    task: Task = None,
    metric: Metric = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Compare a cell with others: is it better, is it more stable?

    It says which of two cells ends with better values, whose runs diverge more often, and whose seeds spread further.
    """
    from evenkeel.cli.tables import show_comparisons

    query = to_query(name, task, metric) | {"a": a, "b": b or []}
    query |= given(b_experiment=b_experiment, margin=margin, mean_margin=mean_margin)
    with connected(url) as client:
        found = client.compare(**query)
    if as_json:
        return print_json(found)
    show_comparisons(console.rich, found)
    for comparison in found["comparisons"]:
        console.print(comparison["says"], highlight=False)
    console.print(found["about_level"], style="dim", highlight=False)


def seeds_needed(
    name: Name,
    cell: Annotated[str, typer.Argument(help=A_CELL, autocompletion=completing.cells)],
    half_width: Annotated[
        float, typer.Option(help="Half of the width that the 95 % interval may have, in the metric's unit.")
    ],
    of: Annotated[str, typer.Option(help="What to estimate: mean, std or divergence.")] = "mean",
    task: Task = None,
    metric: Metric = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Say how many seeds a cell needs for a given precision.

    The precision is that of the cell's mean, its spread or its rate of divergence. The command also says how long the
    new runs would take.
    """
    query = to_query(name, task, metric) | {"cell": cell, "half_width": half_width, "of": of}
    with connected(url) as client:
        found = client.seeds_needed(**query)
    if as_json:
        return print_json(found)
    console.print(found["says"], highlight=False)
