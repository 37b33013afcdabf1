"""What happened to an experiment, newest first."""

from api.pages.rendering import fill
from evenkeel.lab.context import Lab
from evenkeel.lab.happened import list_events

MOST = 50


def show_events(lab: Lab, name: str) -> str:
    """The events as a piece of a page. Raises NoSuchExperiment."""
    found = list_events(lab, name, MOST + 1)
    return fill("experiment/events.html", events=found[:MOST], more=len(found) > MOST, name=name)
