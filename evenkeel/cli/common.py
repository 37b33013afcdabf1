"""What the commands share: options, the client, how they fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from evenkeel.client import ApiError, Client, EvenkeelError

console = Console()
errors = Console(stderr=True)

Url = Annotated[str | None, typer.Option("--url", envvar="EVENKEEL_URL", help="The API's address.")]
Name = Annotated[str, typer.Argument(help="The experiment.")]
Task = Annotated[str | None, typer.Option(help="What was trained; `evenkeel tasks` lists the tasks.")]
Metric = Annotated[
    str | None,
    typer.Option(help="What was measured; `evenkeel tasks NAME` lists a task's metrics, and the one taken by default."),
]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="FACTOR=LEVEL",
        help="Only this level of a factor; may be repeated. Every factor is an option, too: --lr 0.003.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the API's JSON instead.")]


@contextmanager
def connected(url: str | None) -> Iterator[Client]:
    """A client whose problems end the command with a clear line."""
    try:
        with Client(url) as client:
            yield client
    except ApiError as error:
        fail("\n".join(f"{e['field']}: {e['problem']}" for e in error.errors) or str(error))
    except EvenkeelError as error:
        fail(str(error))
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Imports that only an extra brings; without it the command ends with a line that says how to get it."""
    try:
        yield
    except ModuleNotFoundError as error:
        fail(f"this command needs {error.name}, which is not installed: pip install 'evenkeel[{extra}]'")


def to_query(
    experiment: str | None, task: str | None, metric: str | None = None, where: list[str] | None = None
) -> dict[str, Any]:
    """The parameters of a call; what was not said is left to the API."""
    given = {"experiment": experiment, "task": task, "metric": metric}
    query: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    levels: dict[str, list[str]] = {}
    for pair in where or []:
        factor, equals, level = pair.partition("=")
        if not equals:
            fail(f"--where {pair}: write it as factor=level, for example lr=0.003")
        levels.setdefault(factor, []).append(level)
    return levels | query


def fail(message: str) -> NoReturn:
    errors.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
