"""Reads what --where gets."""

from collections.abc import Sequence
from contextlib import suppress

from evenkeel.cli.common import fail
from evenkeel.client import Client, EvenkeelError
from evenkeel.grids.spellings import NotRead, Task, read_filter


def filters_of(client: Client, where: Sequence[str] | None, task: str | None) -> dict[str, list[str]]:
    """Factor -> levels, of what --where names. If it names nothing, the command ends.

    Args:
        task: The task that is asked about; None if the API chooses it.
    """
    if not where:
        return {}
    tasks: Sequence[Task] = ()
    # If there is no answer, the question itself gets none, and says so.
    with suppress(EvenkeelError):
        tasks = [each for each in client.tasks() if task in (None, each["name"])]
    found: dict[str, list[str]] = {}
    for text in where:
        try:
            factor, level = read_filter(text, tasks)
        except NotRead as error:
            fail(f"--where {text}: {error}")
        found.setdefault(factor, []).append(level)
    return found
