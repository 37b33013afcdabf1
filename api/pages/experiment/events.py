"""What happened to an experiment, newest first."""

from api.pages.rendering import fill
from api.pages.titles import title_of, varying_in
from api.resources import Resources
from evenkeel.lab.happened import list_events
from evenkeel.lab.runs import name_of

MOST = 50


def show_events(shared: Resources, name: str) -> str:
    """The events as a piece of a page. Raises NoSuchExperiment."""
    found = list_events(shared.lab, name, MOST + 1)
    titles = _titles(shared, name, sorted({event.run_id for event in found if event.run_id}))
    return fill("experiment/events.html", events=found[:MOST], titles=titles, more=len(found) > MOST, name=name)


def _titles(shared: Resources, name: str, run_ids: list[str]) -> dict[str, str]:
    """Run -> what its study calls its cell. A cell that cannot be read has none."""
    varying, runs = varying_in(shared, name), shared.lab.store.runs.some(run_ids)
    return {run_id: title_of(run.cell, varying) for run_id, run in runs.items() if name_of(run)[1] is None}
