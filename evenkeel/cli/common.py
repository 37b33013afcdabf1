"""What the commands share: their options, the client, and how they fail."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from evenkeel.address import TIMEOUT_SECONDS
from evenkeel.cli import completing
from evenkeel.client import Client
from evenkeel.connection import ApiError, EvenkeelError, check_name
from evenkeel.printable import printable_lines

if TYPE_CHECKING:
    from rich.console import Console


class LateConsole:
    """Rich's console. It is imported when something is first printed, because help, errors and JSON do not need it."""

    @cached_property
    def rich(self) -> Console:
        from evenkeel.cli.safe_console import SafeConsole

        return SafeConsole()

    def print(self, *what: Any, **how: Any) -> None:
        self.rich.print(*what, **how)


console = LateConsole()


def checked_name(context: typer.Context, name: str | None) -> str | None:
    """The name. If no experiment can have it, the command ends with an error."""
    try:
        if name is not None and not context.resilient_parsing:
            check_name(name)
    except EvenkeelError as error:
        fail(str(error))
    return name


Url = Annotated[str | None, typer.Option("--url", envvar="EVENKEEL_URL", help="The address of the API.")]
Name = Annotated[
    str, typer.Argument(help="The experiment.", callback=checked_name, autocompletion=completing.experiments)
]
NameOrAll = Annotated[
    str | None,
    typer.Argument(
        help="Only this experiment. By default all.", callback=checked_name, autocompletion=completing.experiments
    ),
]
# Where a name comes after an option in older scripts.
OldName = Annotated[str | None, typer.Option("--experiment", hidden=True, callback=checked_name)]
NameOrRun = Annotated[
    str | None,
    typer.Argument(help="The experiment.", callback=checked_name, autocompletion=completing.experiments),
]
RunId = Annotated[
    str | None,
    typer.Option(
        "--run",
        help="A single run instead: its id, or the first 8 characters of it.",
        autocompletion=completing.runs,
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        help="The task that was trained. By default that of the experiment. `evenkeel tasks` lists the tasks.",
        autocompletion=completing.tasks,
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(
        help="The metric to look at. `evenkeel tasks TASK` lists them and says which one is the default.",
        autocompletion=completing.metrics,
    ),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="FACTOR=LEVEL",
        help="Only the cells with this level of a factor, as tables and figures show it. Give it again for more. "
        "`--lr 0.003` means the same.",
        autocompletion=completing.filters,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON instead.")]


def one_name(name: str | None, experiment: str | None) -> str | None:
    """The experiment, which older scripts name with --experiment."""
    if name is not None and experiment not in (None, name):
        fail(f"--experiment {experiment}: another experiment is named, {name}")
    return name if experiment is None else experiment


@contextmanager
def connected(
    url: str | None, timeout_seconds: float = TIMEOUT_SECONDS, said: set[str] | None = None
) -> Iterator[Client]:
    """A client. A problem ends the command with a clear line. Cells that answers leave out are named once.

    Args:
        said: What a client of the same command has said of such cells already.
    """
    said = set() if said is None else said

    def say_left_out(text: str) -> None:
        if text not in said:
            said.add(text)
            warn(text)

    try:
        with Client(url, timeout_seconds=timeout_seconds, on_left_out=say_left_out) as client:
            yield client
    except ApiError as error:
        fail("\n".join(f"{e['field']}: {e['problem']}" for e in error.errors) or str(error))
    except EvenkeelError as error:
        fail(str(error))
    except UnicodeEncodeError as error:
        fail(f"{error.object!r:.200} is not UTF-8 text")
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Use this around imports that need an extra. Without the extra, the command ends and says how to install it."""
    try:
        yield
    except ModuleNotFoundError as error:
        fail(f"this command needs {error.name}, which is not installed: pip install 'evenkeel[{extra}]'")


def to_query(experiment: str | None, task: str | None, metric: str | None = None) -> dict[str, Any]:
    """The parameters of a request. The API chooses those that the user did not give."""
    return given(experiment=experiment, task=task, metric=metric)


def given(**options: Any) -> dict[str, Any]:
    """The options that the user gave."""
    return {name: value for name, value in options.items() if value is not None}


def print_json(answer: Any) -> None:
    """Print an answer for a program."""
    print(json.dumps(answer, indent=2))


def count(n: int, word: str) -> str:
    """'1 run', '2 runs'."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"


def say_answer(answer: Mapping[str, Any], as_json: bool, says: str | None = None) -> None:
    """Print what an answer says: `says`, or its own sentence."""
    if as_json:
        return print_json(answer)
    console.print(answer["says"] if says is None else says, highlight=False)


def fail(message: str) -> NoReturn:
    """Print the message as an error, and end the command with 1."""
    warn(message, typer.colors.RED)
    raise typer.Exit(1)


def warn(message: str, colour: str = typer.colors.YELLOW) -> None:
    """Print the message where errors go. In colour at a terminal, unless NO_COLOR is set (https://no-color.org)."""
    typer.secho(printable_lines(message), fg=colour, err=True, color=False if os.environ.get("NO_COLOR") else None)
