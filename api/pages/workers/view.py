"""The page of workers: /ui/workers. Its one fragment takes no time, and comes again when a worker reports."""

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.endpoints.workers import workers_now
from api.pages.fragments import Fragment
from api.pages.frame import ThePage
from api.pages.rendering import render
from api.readiness import SEEN_WITHIN_SECONDS
from evenkeel.lab.context import Lab

router = APIRouter()
URL, PIECE = "/ui/workers", "/ui/workers/now"


@router.get(URL)
def show_workers(page: ThePage) -> Response:
    html = Markup(bytes(_now(page.shared.lab).body).decode())
    return page.show("workers/page.html", now=Fragment("now", PIECE, html))


@router.get(PIECE)
def show_now(page: ThePage) -> Response:
    return page.show_piece("now", "Workers", URL, _now(page.shared.lab))


def _now(lab: Lab) -> HTMLResponse:
    datasets = lab.store.workers.datasets(SEEN_WITHIN_SECONDS)
    return render("workers/now.html", workers=workers_now(lab), datasets=datasets)
