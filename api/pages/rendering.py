"""Fills the templates of the pages. Whatever a template is given is text: it is escaped, unless it is Markup."""

from functools import cache
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages import formats
from api.pages.assets import address_of
from api.pages.marks import EVIDENCE, LETTERS
from evenkeel.lab.version import code_version
from evenkeel.store import now_ms

FOLDER = Path(__file__).parent
# What every page leads to.
PAGES = (
    ("/ui/", "Experiments"),
    ("/ui/new", "New experiment"),
    ("/ui/workers", "Workers"),
    ("/ui/tasks", "Tasks"),
    ("/ui/keys", "Keys"),
)


@cache
def environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= formats.FILTERS
    made.globals |= formats.GLOBALS
    made.globals |= {"asset": address_of, "version": code_version(), "now_ms": now_ms, "pages": PAGES}
    made.globals |= {"LETTERS": LETTERS, "EVIDENCE": EVIDENCE}
    return made


def fill(template: str, **values: object) -> str:
    """The text of a template, such as 'run/page.html'."""
    return environment().get_template(template).render(values)


def render(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """The template as an answer: what a fragment's work returns."""
    return HTMLResponse(fill(template, **values), status)
