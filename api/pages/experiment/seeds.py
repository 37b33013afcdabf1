"""What more seeds would take: how many runs, and how long. It is told before anything is posted."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.endpoints.experiments import Name
from api.pages.experiment.actions import AT, REFUSALS, wanted_seeds, why_refused
from api.pages.fragments import HEADER
from api.pages.frame import ThePage
from api.pages.rendering import fill
from evenkeel.lab.seeds import add_seeds

router = APIRouter()

USUAL = "3"  # seeds that the form proposes


@router.get(f"{AT}/seeds")
def price_seeds(name: Name, page: ThePage, add: Annotated[str, Query(max_length=100)] = USUAL) -> Response:
    """What the dry run of POST /experiments/NAME/seeds answers: a piece for scripts, and a page for everybody else."""
    plan, problem = None, ""
    try:
        plan = add_seeds(page.shared.lab, name, wanted_seeds(add), page.caller.key_id, dry_run=True)
    except REFUSALS as error:
        problem = why_refused(error)
    piece = fill("experiment/price.html", plan=plan, problem=problem)
    if HEADER in page.request.headers:
        return HTMLResponse(piece)
    # A form that is sent twice adds its seeds once.
    once = secrets.token_urlsafe(12)
    return page.show("experiment/seeds.html", name=name, add=add, piece=Markup(piece), problem=problem, once=once)
