"""What a reader may do to an experiment: each is a form, and calls the function that the API's endpoint calls."""

import re
from collections.abc import Callable

from fastapi import APIRouter, Response
from pydantic import ValidationError

from api.endpoints.experiments import Name
from api.pages.experiment.head import about_fields
from api.pages.formats import path, plural
from api.pages.forms import Form
from api.pages.frame import Page, ThePage
from api.pages.paths import HOME
from api.schemas.experiments import MAX_ADDED, ExperimentChanges
from api.wording import plain
from evenkeel.grids.expand import SpecError
from evenkeel.grids.sharing import QuotaExceeded
from evenkeel.lab import steering
from evenkeel.lab.experiments import NotNow
from evenkeel.lab.forget import delete_experiment
from evenkeel.lab.seeds import add_seeds
from evenkeel.store import ExperimentTrains, KeyReused, ThreadsFixed

router = APIRouter()
AT = "/ui/experiments/{name}"

# What may be refused because of how things stand, or because of what was typed.
REFUSALS = (NotNow, QuotaExceeded, SpecError, ThreadsFixed, ExperimentTrains, KeyReused, ValidationError)


@router.post(f"{AT}/seeds")
def more_seeds(name: Name, form: Form, page: ThePage) -> Response:
    def add() -> str:
        added = add_seeds(page.shared.lab, name, wanted_seeds(form["add"]), page.caller.key_id, form["once"] or None)
        return " ".join(filter(None, [added.says, added.waits_for and f"{_sentence(added.waits_for)}"]))

    return _do(page, name, add)


@router.post(f"{AT}/pause")
def pause(name: Name, form: Form, page: ThePage) -> Response:
    def do() -> str:
        found = steering.pause(page.shared.lab, name, page.caller.key_id)
        return f"Paused. {plural(found.paused, 'run')} wait, and {found.stopping} stop at a checkpoint."

    return _do(page, name, do)


@router.post(f"{AT}/resume")
def resume(name: Name, form: Form, page: ThePage) -> Response:
    def do() -> str:
        found = steering.resume(page.shared.lab, name, page.caller.key_id)
        return f"It goes on. {plural(found.queued, 'run')} queued again."

    return _do(page, name, do)


@router.post(f"{AT}/cancel")
def cancel(name: Name, form: Form, page: ThePage) -> Response:
    def do() -> str:
        found = steering.cancel(page.shared.lab, name, page.caller.key_id)
        return f"{plural(found.cancelled, 'run')} cancelled, and {found.stopping} stopping."

    return _do(page, name, do)


@router.post(f"{AT}/retry")
def retry(name: Name, form: Form, page: ThePage) -> Response:
    def do() -> str:
        queued = steering.retry(page.shared.lab, name, page.caller.key_id).queued
        return f"{plural(queued, 'run')} queued again." if queued else "No run had failed or was cancelled."

    return _do(page, name, do)


@router.post(f"{AT}/priority")
def share(name: Name, form: Form, page: ThePage) -> Response:
    def do() -> str:
        changes = ExperimentChanges(
            priority=_number(form["priority"]), max_running=_number(form["max_running"]), device=form["device"]
        )
        now = steering.change(page.shared.lab, name, changes.sharing, by=page.caller.key_id)
        limit = "no limit" if now.max_running is None else f"at most {now.max_running} runs at once"
        return f"Priority {now.priority}, {limit}, device {now.device}."

    return _do(page, name, do)


@router.post(f"{AT}/note")
@router.post(f"{AT}/tags")
def write(name: Name, form: Form, page: ThePage) -> Response:
    """Keep the note and the tags of the form. What was typed and cannot be kept is shown again."""
    tags = [line.strip() for line in form["tags"].splitlines() if line.strip()]
    try:
        changes = ExperimentChanges(note=form["note"], tags=tags)
    except ValidationError as error:
        fields = about_fields(name, form["note"], form["tags"])
        return page.show("experiment/note.html", 422, problem=why_refused(error), **fields)
    steering.change(page.shared.lab, name, about=changes.about, by=page.caller.key_id)
    return page.done("The note and the tags are kept.", path("ui", "experiments", name))


@router.post(f"{AT}/delete")
def delete(name: Name, form: Form, page: ThePage) -> Response:
    return _do(page, name, lambda: delete_experiment(page.shared.lab, name, form["confirm"]).says, HOME)


def _do(page: Page, name: str, do: Callable[[], str], then: str = "") -> Response:
    """Do it, and say so on the page; or say there why not."""
    own = path("ui", "experiments", name)
    try:
        return page.done(do(), then or own)
    except REFUSALS as error:
        return page.refused(why_refused(error), own)


def wanted_seeds(text: str) -> int:
    """How many seeds each cell is to get. Raises SpecError."""
    if not re.fullmatch(r"[0-9]{1,9}", text.strip()) or not 1 <= int(text) <= MAX_ADDED:
        typed = f", not {text!r:.40}" if text.strip() else ""
        raise SpecError("more seeds", f"write a whole number from 1 to {MAX_ADDED:,}{typed}")
    return int(text)


def why_refused(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {plain(each).removeprefix('Input ')}" for each in error.errors()
        )
    if isinstance(error, KeyReused):
        return "This form was sent before with another number. Load the page again."
    return _sentence(str(error))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith('.') else '.'}"


def _number(text: str) -> int:
    """The number that was typed. Raises SpecError."""
    try:
        return int(text)
    except ValueError:
        raise SpecError("the number", f"must be a whole number, not {text!r:.40}") from None
