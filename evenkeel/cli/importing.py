"""Imports runs for the command line: the lab reads its own MLflow, and the command reads everything else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from evenkeel.cli.common import fail
from evenkeel.cli.import_options import Options, open_source
from evenkeel.client import ApiError
from evenkeel.importing.arrival import Choices
from evenkeel.importing.preparing import prepare
from evenkeel.importing.problems import ImportProblem, SourceAway
from evenkeel.importing.reading import arrivals
from evenkeel.importing.results import Imported, read_imported, summed

if TYPE_CHECKING:
    from rich.console import Console

    from evenkeel.client import Client
    from evenkeel.importing.heads import Source

FOLLOW_SECONDS = 60.0
BUSY_SECONDS = 5.0
# The option that gives a part of an import.
OPTIONS = {"metrics": "metric"}
OWN_NAME = ("experiment", "filter", "factors", "ignore", "into", "metric", "mlflow", "run", "seed", "state", "table")


def import_once(
    client: Client, options: Options, console: Console, quiet: bool = False, began_ms: int | None = None
) -> Imported:
    """Import what is new, with a progress bar on a terminal. A problem ends the command with a clear line.

    Args:
        began_ms: When the import began; None if it begins now.
    """
    with _told():
        if (options.experiment is None) == (options.table is None):
            fail("name an experiment of MLflow, or a file with --table")
        with _bar(console, quiet) as advance:
            if options.table is None and options.mlflow is None:
                return _by_the_lab(client, options, began_ms, advance)
            with open_source(client, options) as (source, began):
                return _by_ourselves(client, options, source, began, began_ms, advance)


def follow_source(client: Client, options: Options, console: Console) -> None:
    """Import what is new again and again, and say so whenever there is something. Ctrl-C ends it.

    All of it is one import: nobody has decided on more seeds in between.
    """
    began_ms = None
    while True:
        found = import_once(client, options, console, began_ms=began_ms)
        if began_ms is None or found.created or found.completed:
            console.print(f"{datetime.now():%H:%M:%S}", highlight=False)
            for line in says(found):
                console.print(line, markup=False, highlight=False)
        began_ms = found.began_ms
        time.sleep(FOLLOW_SECONDS)


def says(found: Imported) -> list[str]:
    """What an import did, in lines."""
    counts = [f"{found.created:,} runs imported", f"{found.existing:,} existed before"]
    counts += [f"{found.completed:,} have ended since"] if found.completed else []
    counts += [f"{found.left_out:,} left out"] if found.left_out else []
    factors = f"Factors: {', '.join(found.factors)}" if found.factors else "No param varies over the runs"
    cells = "1 cell" if found.num_cells == 1 else f"{found.num_cells:,} cells"
    next_one = "effects" if found.factors else "summary"
    return [
        f"{found.name}: {', '.join(counts)}. It has {cells}.",
        f"{factors}. Metrics: {', '.join(found.metrics)}.",
        *(f"Note: {note.says}" for note in found.notes),
        f"See the answer: evenkeel {next_one} {found.name}",
    ]


def _by_the_lab(client: Client, options: Options, began_ms: int | None, advance: Any) -> Imported:
    """Let the lab read its own MLflow. Each request does a part of it."""
    asked = options.asked
    metrics = None if asked.metrics is None else [{"name": name, "better": better} for name, better in asked.metrics]
    body: dict[str, Any] = {"experiment": options.experiment, "into": options.name, "filter": options.search}
    body |= {"seed": asked.seed, "ignore": asked.ignore, "factors": asked.factors, "metrics": metrics}
    body |= {"began_ms": began_ms}
    parts: list[Imported] = []
    while True:
        try:
            part = read_imported(client.import_mlflow(**body))
        except ApiError as error:
            if error.status != 429:
                raise
            time.sleep(BUSY_SECONDS)
            continue
        parts.append(part)
        advance(part.created + part.completed + part.left_out, part.remaining)
        if part.after is None:
            return summed(parts)
        body |= {"after": part.after, "began_ms": part.began_ms}


def _by_ourselves(
    client: Client, options: Options, source: Source, began: Any, began_ms: int | None, advance: Any
) -> Imported:
    """Read the source, and post what is new in batches."""
    choices = None if began is None else Choices.model_validate(began["choices"])
    prepared = prepare(source.heads(), options.asked, choices, began["ended"] if began else ())
    parts: list[Imported] = []
    left = len(prepared.fresh)
    for arrival in arrivals(source, prepared, options.name, None):
        batch = arrival.model_copy(update={"began_ms": began_ms}).model_dump(mode="json")
        parts.append(read_imported(client.import_runs(batch)))
        began_ms = parts[-1].began_ms
        left -= len(arrival.runs)
        advance(len(arrival.runs), left)
    return summed(parts, known=prepared.num_known)


@contextmanager
def _told() -> Iterator[None]:
    """Ends the command with one line if the import is not possible."""
    try:
        yield
    except ImportProblem as error:
        option = OPTIONS.get(error.field, error.field)
        fail(f"--{option}: {error.problem}" if option in OWN_NAME else str(error))
    except SourceAway as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename}: {error.strerror or error}")
    except ModuleNotFoundError as error:
        fail(str(error))


@contextmanager
def _bar(console: Console, quiet: bool) -> Iterator[Any]:
    """A function that is told (number of runs done now, number of runs left)."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("importing runs"), BarColumn(bar_width=24), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console, transient=True, disable=quiet or not console.is_terminal) as bars:
        task = bars.add_task("", total=None)
        done = 0

        def advance(now: int, left: int) -> None:
            nonlocal done
            done += now
            bars.update(task, completed=done, total=done + left)

        yield advance
