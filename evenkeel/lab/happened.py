"""Tells what happened to an experiment, newest first: what people and rules did, and what became of its runs."""

from evenkeel.lab.context import Lab
from evenkeel.lab.experiments import find_experiment
from evenkeel.lab.runs import name_of
from evenkeel.records.events import EventKind, StoredEvent
from evenkeel.records.rows import Run
from evenkeel.result import about, result

MOST_EVENTS = 1000


@result
class Event:
    at_ms: int = about("When it happened, in ms since 1970.")
    kind: EventKind = about("What kind of thing happened.")
    says: str = about("What happened, in words, such as '3 seeds added to each of 8 cells'.")
    by: str | None = about("Name of the API key of who did it; null if a rule or a run did, or if the lab has no keys.")
    run_id: str | None = about("Id of the run that it is about; null if it is about the experiment.")
    cell: str | None = about("Name of the cell of that run; null without one, or if the run was deleted.")


def list_events(lab: Lab, name: str, limit: int = 100) -> list[Event]:
    """At most `limit` things that happened to an experiment, newest first. Raises NoSuchExperiment."""
    found = lab.store.events.newest(find_experiment(lab, name).id, limit)
    runs = lab.store.runs.some(sorted({event.run_id for event in found if event.run_id is not None}))
    keys = {key.id: key.name for key in lab.store.keys.all()} if any(event.by for event in found) else {}
    return [_told(event, runs.get(event.run_id or ""), keys.get(event.by, event.by or None)) for event in found]


def _told(event: StoredEvent, run: Run | None, by: str | None) -> Event:
    cell = None if run is None else name_of(run)[0]
    says = event.says
    if event.run_id is not None:
        says = f"run {event.run_id[:8]} {says}" if run is None else f"run {cell} seed {run.seed} {says}"
    return Event(event.at_ms, event.kind, says, by, event.run_id, cell)
