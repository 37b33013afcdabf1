"""The command that opens the lab's pages in a browser."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote

import typer

from evenkeel.cli import completing
from evenkeel.cli.common import Url, connected, warn
from evenkeel.client import Client

# So many digits of a run's id are enough to name it.
RUN_ID = re.compile("[0-9a-f]{8,32}")


def open_(
    name: Annotated[
        str | None,
        typer.Argument(
            help="The experiment, or the id of a run. By default the list of experiments.",
            autocompletion=completing.experiments,
        ),
    ] = None,
    print_only: Annotated[bool, typer.Option("--print", help="Only print the address.")] = False,
    url: Url = None,
) -> None:
    """Open the page of an experiment or run in the browser."""
    with connected(url) as client:
        address = f"{client.url}/ui/{'' if name is None else _path(client, name)}"
    print(address)
    if not print_only:
        import webbrowser

        if not webbrowser.open(address):
            warn("No browser could be opened here. Open the address yourself.")


def _path(client: Client, name: str) -> str:
    """The page of the experiment of this name, or else of the run of this id."""
    # An experiment may have a name that looks like an id.
    if RUN_ID.fullmatch(name) and all(each["name"] != name for each in client.experiments()):
        return f"runs/{client.run(name)['id']}"
    return f"experiments/{quote(client.experiment(name)['name'], safe='')}"
