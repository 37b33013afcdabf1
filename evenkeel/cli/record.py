"""The commands about what is written down: of an experiment, of what happened to it, and of what a run printed."""

import time
from typing import Annotated

import typer

from evenkeel.cli import completing
from evenkeel.cli.common import AsJson, Name, Url, connected, console, print_json
from evenkeel.printable import printable, printable_lines


def log(
    run: Annotated[
        str,
        typer.Argument(help="The run: its id, or the first 8 characters of it.", autocompletion=completing.runs),
    ],
    attempt: Annotated[int | None, typer.Option(help="The number of the attempt. By default the newest.")] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Print the last lines that a run printed.

    It is what its training process wrote, at most 64 KB of each attempt.
    """
    with connected(url) as client:
        text = client.log(run, attempt)
    if as_json:
        return print_json({"run": run, "attempt": attempt, "text": text})
    if text:
        return typer.echo(printable_lines(text), nl=not text.endswith("\n"))
    typer.echo("It has printed nothing.", err=True)


def events(
    name: Name,
    limit: Annotated[int, typer.Option(help="The largest number of events.", min=1)] = 100,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Show what happened to an experiment, the newest first."""
    with connected(url) as client:
        found = client.events(name, limit)
    if as_json:
        return print_json(found)
    for event in found:
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event["at_ms"] / 1000))
        by = f" ({event['by']})" if event["by"] else ""
        # A line each, however long, so that grep finds it whole.
        typer.echo(printable(f"{at}  {event['says']}{by}"))


def note(
    name: Name,
    text: Annotated[
        str | None, typer.Argument(help="The note, in Markdown. '' removes it. Without it, the note is printed.")
    ] = None,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Write a note about an experiment, or print it."""
    with connected(url) as client:
        now = client.experiment(name) if text is None else client.describe(name, note=text)
    if as_json:
        return print_json({"name": name, "note": now["note"]})
    if text is None:
        return typer.echo(printable_lines(now["note"]))
    console.print(f"The note of {name} was {'written' if text else 'removed'}.", highlight=False)


def tag(
    name: Name,
    tags: Annotated[
        list[str] | None, typer.Argument(help="The tags. Without any, those that it has are printed.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take these tags away instead.")] = False,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Give an experiment tags, or print them."""
    with connected(url) as client:
        now = list(client.experiment(name)["tags"])
        if tags:
            kept = [old for old in now if old not in tags]
            now = list(client.describe(name, tags=kept if remove else [*kept, *dict.fromkeys(tags)])["tags"])
    if as_json:
        return print_json({"name": name, "tags": now})
    for each in now:
        typer.echo(printable(each))
