"""The command that imports runs which were trained elsewhere."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from evenkeel.cli import completing
from evenkeel.cli.common import AsJson, Url, checked_name, connected, console, one_name, print_json


def import_runs(
    name: Annotated[str | None, typer.Argument(help="The experiment in MLflow.")] = None,
    mlflow: Annotated[
        str | None,
        typer.Option(
            help="The address of the MLflow. The command itself reads from it, with the login in "
            "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD. By default the lab reads from its own MLflow."
        ),
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="A CSV or Parquet file instead, with a row for each run, or run and epoch.")
    ] = None,
    into: Annotated[
        str | None,
        typer.Option(
            help="The experiment of the lab. By default it has the same name.",
            callback=checked_name,
            autocompletion=completing.experiments,
        ),
    ] = None,
    search: Annotated[str, typer.Option("--filter", help="Only the runs that MLflow finds with this filter.")] = "",
    seed: Annotated[str | None, typer.Option(help="The param or tag, or the column, that is the seed.")] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME:BETTER",
            help="A metric, and whether higher or lower is better: val_acc:higher. Give it again for more. An epoch "
            "ends wherever the first one was logged. By default all whose names tell which way they are better.",
        ),
    ] = None,
    ignore: Annotated[
        str | None, typer.Option(help="Params that are no factors, even if they vary, separated by commas.")
    ] = None,
    factors: Annotated[
        str | None,
        typer.Option(help="The only params that are factors, separated by commas. By default all that vary."),
    ] = None,
    epoch: Annotated[str | None, typer.Option(help="Of a table: the column of the epochs.")] = None,
    run: Annotated[str | None, typer.Option(help="Of a table: the column that tells runs apart.")] = None,
    state: Annotated[
        str | None, typer.Option(help="Of a table: the column that says how far a run got, such as W&B's State.")
    ] = None,
    diverged: Annotated[
        str | None, typer.Option(help="Of a table: the column that says whether a run diverged, or its outcome.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", help="Import what is new every minute, until Ctrl-C.")] = False,
    experiment: Annotated[str | None, typer.Option("--experiment", hidden=True)] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Import runs that were trained elsewhere.

    A cell is a combination of all params that vary over the runs, without the seed and what is ignored. Importing again
    adds only what is new. What is unusual about the runs is said, and how it is handled.
    """
    from evenkeel.cli.import_options import Options
    from evenkeel.cli.importing import follow_source, import_once, says

    options = Options(
        one_name(name, experiment),
        mlflow,
        table,
        into,
        search,
        seed,
        metric,
        ignore,
        factors,
        epoch,
        run,
        state,
        diverged,
    )
    with connected(url) as client:
        if follow:
            return follow_source(client, options, console.rich)
        answer = import_once(client, options, console.rich, quiet=as_json)
    if as_json:
        return print_json(asdict(answer))
    for line in says(answer):
        console.print(line, markup=False, highlight=False)
