"""The command that adds seeds."""

from typing import Annotated

import typer

from evenkeel.cli.common import AsJson, Name, Url, connected, console, say_answer


def add_seeds(
    name: Name,
    add: Annotated[int, typer.Argument(help="How many seeds each cell gets. They come after its highest one.", min=1)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be added; create nothing.")] = False,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Add seeds to every cell of an experiment.

    Each call adds more. A look at the results before that counts: a later look needs a smaller p to claim an effect.
    """
    with connected(url) as client:
        answer = client.add_seeds(name, add, dry_run)
    say_answer(answer, as_json)
    if not as_json and answer["waits_for"] and not dry_run:
        console.print(answer["waits_for"].capitalize() + ".", style="yellow", markup=False, highlight=False)
