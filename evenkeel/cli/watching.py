"""The command that follows an experiment to its end."""

from __future__ import annotations

import math
from typing import Annotated

import typer

from evenkeel.cli.common import AsJson, Name, Url, connected, console, count, fail, print_json
from evenkeel.client import EvenkeelError

# A script should not wait for ever for a lab that is gone. A person sees that it is, and presses Ctrl-C.
PATIENCE_SECONDS = 600.0
# An API that hangs is as good as away.
SECONDS = 15.0


def watch(
    name: Name,
    answer: Annotated[
        bool, typer.Option("--answer/--no-answer", help="Whether to say in the end which factor mattered.")
    ] = True,
    as_json: AsJson = False,
    url: Url = None,
) -> None:
    """Follow an experiment until all of its runs are done.

    At a terminal it shows the band of each cell as it grows: the mean over its seeds, the lowest and highest seed, and
    how many runs diverged. At the end it says which factor mattered. If the API is away, it goes on when it is back.

    The exit code is 1 if a run failed.
    """
    patience = math.inf if console.rich.is_terminal else PATIENCE_SECONDS
    said = set[str]()
    with connected(url, SECONDS, said) as client:
        detail = client.wait(name, progress=False if as_json else console.rich, patience_seconds=patience)
    if as_json:
        print_json(detail)
    elif answer and detail["num_runs"]["status"]["finished"]:
        _say_answer(name, url, said)
    if failed := detail["num_runs"]["status"]["failed"]:
        fail(f"{count(failed, 'run')} failed; evenkeel runs {name} says why, evenkeel retry {name} queues them again")


def _say_answer(name: str, url: str | None, said: set[str]) -> None:
    # It may take longer than a look at how far the experiment is.
    with connected(url, said=said) as client:
        try:
            says = client.effects(experiment=name)["answer"]
        except EvenkeelError:
            return  # There is nothing to say of its cells, for example because they cannot be read.
    console.print(f"\n{says}", highlight=False)
    console.print(f"The table: evenkeel summary {name}", style="dim", highlight=False)
