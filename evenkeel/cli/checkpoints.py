"""The command that fetches the network that a run trained."""

from pathlib import Path
from typing import Annotated

import typer

from evenkeel.cli import completing
from evenkeel.cli.common import Url, connected, console, fail


def checkpoint(
    run_id: Annotated[
        str,
        typer.Argument(
            metavar="RUN_ID",
            help="The id of the run. `evenkeel runs NAME` lists it.",
            autocompletion=completing.runs,
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder or the file to write to.")] = Path("."),
    url: Url = None,
) -> None:
    """Fetch the newest checkpoint of a run. In Python, models.load(path) makes the trained network from it."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console.rich, transient=True, disable=not console.rich.is_terminal)
    try:
        with connected(url) as client, bar:
            task = bar.add_task("", total=None)
            path = client.checkpoint(run_id, output, lambda done, total: bar.update(task, completed=done, total=total))
    except OSError as error:
        fail(f"{output}: {error.strerror}")
    console.print(f"Wrote {path}", highlight=False, markup=False, soft_wrap=True)
