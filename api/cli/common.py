"""What the commands share: options, the client, how they fail."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console

from api.client import ApiError, Client, EvenkeelError

console = Console()
errors = Console(stderr=True)

Url = Annotated[str | None, typer.Option("--url", envvar="EVENKEEL_URL", help="The API's address.")]
Name = Annotated[str, typer.Argument(help="The experiment.")]
Metric = Annotated[
    str,
    typer.Option(help="train_accuracy, val_accuracy, train_loss, val_loss, or a diagnostic such as grad_norm_max."),
]
Levels = Annotated[list[str] | None, typer.Option(help="Only this level; may be repeated.")]
Where = Annotated[list[str] | None, typer.Option("--where", help="Any other factor, for example lr=0.003.")]
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


def to_query(
    experiment: str | None, metric: str, where: list[str] | None, **levels: list[str] | None
) -> dict[str, Any]:
    query: dict[str, Any] = {"metric": metric} | {factor: value for factor, value in levels.items() if value}
    if experiment is not None:
        query["experiment"] = experiment
    for pair in where or []:
        factor, equals, level = pair.partition("=")
        if not equals:
            fail(f"--where {pair}: write it as factor=level, for example lr=0.003")
        query.setdefault(factor, []).append(level)
    return query


def fail(message: str) -> NoReturn:
    errors.print(message, style="red", markup=False, highlight=False, soft_wrap=True)
    raise typer.Exit(1)
