"""Writes down what people and rules do, in the transaction that does it: an event is there if and only if the change
is."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, exists, insert, select

from evenkeel.database import batched, clock_ms
from evenkeel.records.events import EventKind
from evenkeel.records.status import Status
from evenkeel.schema import events, runs

LOOK = "runs of these cells had finished before, so answers count one more look"


def tell(
    db: Connection, experiment_id: int, kind: EventKind, says: str, by: str = "", run_id: str | None = None
) -> None:
    """Write an event down, with the time of the database: workers tell events too, and their clocks may differ. See
    `StoredEvent` for the arguments."""
    about = {"experiment_id": experiment_id, "run_id": run_id}
    db.execute(insert(events).values(at_ms=clock_ms(), kind=str(kind), says=says, by=by, **about))


def tell_added(
    db: Connection, experiment_id: int, known: Iterable[tuple[int, int]], new: Iterable[tuple[int, int]], by: str
) -> None:
    """Write down that runs were added to an experiment, each given as (id of its cell, seed).

    Args:
        known: the runs that the experiment had before.
        by: id of the API key of who added them.
    """
    before, seeds = {cell_id for cell_id, _ in known}, Counter(cell_id for cell_id, _ in new)
    if before:
        tell(db, experiment_id, EventKind.EXTENDED, _added(db, before, seeds), by)
    else:
        runs_in_all = f": {count(seeds.total(), 'run')}" if len(seeds) > 1 else ""
        says = f"{count(len(seeds), 'cell')} posted with {_each(seeds.values(), 'seed')}{runs_in_all}"
        tell(db, experiment_id, EventKind.POSTED, says, by)


def _added(db: Connection, before: Collection[int], seeds: Mapping[int, int]) -> str:
    """What was added to an experiment, such as '3 seeds added to each of 8 cells'.

    Args:
        before: ids of the cells that had runs before.
        seeds: id of a cell -> the number of its new seeds.
    """
    new = {cell_id: number for cell_id, number in seeds.items() if cell_id not in before}
    more = {cell_id: number for cell_id, number in seeds.items() if cell_id in before}
    parts = [f"{count(len(new), 'cell')} added with {_each(new.values(), 'seed')}"] if new else []
    if more:
        same = len(set(more.values())) == 1
        of_them = f"each of {count(len(more), 'cell')}" if len(more) > 1 else "one cell"
        whom = of_them if same else count(len(more), "cell")
        parts.append(f"{count(max(more.values()) if same else sum(more.values()), 'seed')} added to {whom}")
        parts += [LOOK] if _any_finished(db, list(more)) else []
    return "; ".join(parts)


def shared(changes: dict[str, Any]) -> str:
    """What a change of how an experiment shares the workers says, such as 'priority set to 3'."""
    words = {"max_running": "the most runs at once", "threads": "CPU threads of a run"}
    values = {name: "no limit" if value is None else str(value) for name, value in changes.items()}
    return ", ".join(f"{words.get(name, name)} set to {value}" for name, value in values.items())


def noted(changes: dict[str, Any]) -> str:
    """What a change of the note or the tags says."""
    parts = []
    if "note" in changes:
        parts.append("note written" if changes["note"] else "note removed")
    if "tags" in changes:
        parts.append(f"tags set to {', '.join(changes['tags'])}" if changes["tags"] else "tags removed")
    return ", ".join(parts)


def count(number: int, noun: str) -> str:
    """'1 run' or '12,000 runs'."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def _each(numbers: Collection[int], noun: str) -> str:
    if len(set(numbers)) != 1:
        return f"{count(sum(numbers), noun)} in all"
    return count(next(iter(numbers)), noun) + (" each" if len(numbers) > 1 else "")


def _any_finished(db: Connection, cell_ids: list[int]) -> bool:
    finished = runs.c.status == str(Status.FINISHED)
    return any(db.scalar(select(exists().where(runs.c.cell_id.in_(some), finished))) for some in batched(cell_ids))
