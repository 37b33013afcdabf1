"""What the commands share: their options, the client, and how they fail."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

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


def checked_name(name: str | None) -> str | None:
    """The name. If no experiment can have it, the command ends with an error."""
    try:
        if name is not None:
            check_name(name)
    except EvenkeelError as error:
        fail(str(error))
    return name


Url = Annotated[str | None, typer.Option("--url", envvar="EVENKEEL_URL", help="The address of the API.")]
Name = Annotated[str, typer.Argument(help="The experiment.", callback=checked_name)]
Task = Annotated[
    str | None,
    typer.Option(
        help="The task that was trained. By default that of the experiment. `evenkeel tasks` lists the tasks."
    ),
]
Metric = Annotated[
    str | None,
    typer.Option(help="The metric to look at. `evenkeel tasks TASK` lists them and says which one is the default."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="FACTOR=LEVEL",
        help="Only the cells with this level of a factor. Give it again for more. `--lr 0.003` means the same.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer of the API as JSON instead.")]


@contextmanager
def connected(url: str | None) -> Iterator[Client]:
    """A client. A problem ends the command with a clear line. Cells that answers leave out are named once."""
    said = set[str]()

    def say_left_out(text: str) -> None:
        if text not in said:
            said.add(text)
            typer.secho(printable_lines(text), fg=typer.colors.YELLOW, err=True)

    try:
        with Client(url, on_left_out=say_left_out) as client:
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


def to_query(
    experiment: str | None, task: str | None, metric: str | None = None, where: list[str] | None = None
) -> dict[str, Any]:
    """The parameters of a request. The API chooses those that the user did not give."""
    given = {"experiment": experiment, "task": task, "metric": metric}
    query: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    levels: dict[str, list[str]] = {}
    for pair in where or []:
        factor, equals, level = pair.partition("=")
        if not (factor and equals and level):
            fail(f"--where {pair}: write it as factor=level, for example lr=0.003")
        levels.setdefault(factor, []).append(level)
    return levels | query


def fail(message: str) -> NoReturn:
    """Print the message as an error, and end the command with 1."""
    typer.secho(printable_lines(message), fg=typer.colors.RED, err=True)
    raise typer.Exit(1)
