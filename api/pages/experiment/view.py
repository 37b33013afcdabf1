"""The page of one experiment: /ui/experiments/{name}. Its parts have addresses of their own."""

import asyncio
import json

from fastapi import APIRouter, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from api.answers.report import about, report
from api.endpoints.experiments import Name
from api.heavy.work import Work
from api.pages.experiment import actions, effects, seeds
from api.pages.experiment.cells import show_cells
from api.pages.experiment.events import show_events
from api.pages.experiment.head import Head, about_fields, chart_fields, detail_of, progress, read_head
from api.pages.experiment.query import StudyQuery, read_query
from api.pages.experiment.region import show_region
from api.pages.experiment.runs import show_runs
from api.pages.formats import path
from api.pages.fragments import PATIENCE_SECONDS, Fragment, html_of
from api.pages.frame import Page, ThePage
from api.questions import find_task
from api.schemas.report import ReportQuery

router = APIRouter()
router.include_router(actions.router)
router.include_router(seeds.router)
AT = "/ui/experiments/{name}"
WORKED_OUT = {"cells": (show_cells, "Cells"), "runs": (show_runs, "Runs"), "region": (show_region, "Where it breaks")}


@router.get(AT)
async def show_experiment(name: Name, page: ThePage) -> Response:
    asked, given = read_query(name, page.request), page.request.query_params
    head = await run_in_threadpool(read_head, page.shared, asked, given)
    parts = await _parts(page, asked, head)
    return page.show(
        "experiment/page.html",
        asked=asked,
        head=head,
        parts=parts,
        chart_fields=chart_fields(given),
        **about_fields(name, head.detail.note, "\n".join(head.detail.tags)),
    )


@router.get(f"{AT}/progress")
def get_progress(name: Name, page: ThePage) -> Response:
    part = progress(page, read_query(name, page.request), detail_of(page.shared, name))
    return page.show_piece("progress", "Progress", path("ui", "experiments", name), HTMLResponse(part.html))


@router.get(f"{AT}/events")
def get_events(name: Name, page: ThePage) -> Response:
    return _ready(page, "events", "What happened", name, show_events(page.shared, name))


@router.get(f"{AT}/answer")
async def get_answer(name: Name, page: ThePage) -> Response:
    asked = read_query(name, page.request)
    piece = await page.shared.heavy.piece(page.request, page.caller.key_id, effects.work_of(asked))
    if piece.status_code != 200:
        return piece
    return _ready(page, "answer", "The answer", name, effects.show_answer(bytes(piece.body)))


@router.get(f"{AT}/effects")
async def get_effects(name: Name, page: ThePage) -> Response:
    asked = read_query(name, page.request)
    task = await run_in_threadpool(find_task, asked.task, name, page.shared.lab)
    piece = await page.shared.heavy.piece(page.request, page.caller.key_id, effects.work_of(asked))
    if piece.status_code != 200:
        return piece
    return _ready(page, "effects", "Which factor mattered", name, effects.show_effects(task, asked, bytes(piece.body)))


@router.get(f"{AT}/cells")
@router.get(f"{AT}/runs")
@router.get(f"{AT}/region")
async def get_part(name: Name, page: ThePage) -> Response:
    part = page.request.url.path.rpartition("/")[2]
    asked = read_query(name, page.request)
    return await page.show_fragment(part, WORKED_OUT[part][1], asked.address("", "x", "y"), _work(part, asked))


@router.get(f"{AT}/report")
async def get_report(name: Name, page: ThePage) -> Response:
    """The report as one page of HTML. It has styles of its own, so a browser saves it instead of showing it."""
    work = Work(report, ReportQuery(experiment=name, task=page.request.query_params.get("task")), "json", about)
    found = await page.shared.heavy.answer(page.request, page.caller.key_id, work)
    if found.status_code != 200:
        return found
    written = json.loads(bytes(found.body))
    headers = {"Content-Disposition": f'attachment; filename="{name}.html"'}
    return Response(written["html"], media_type="text/html; charset=utf-8", headers=headers)


async def _parts(page: Page, asked: StudyQuery, head: Head) -> dict[str, Fragment]:
    """The parts of the page, by name. Those that take no time are whole; the others are there if they come soon."""
    events = await run_in_threadpool(show_events, page.shared, head.detail.name)
    ready = {
        "progress": await run_in_threadpool(progress, page, asked, head.detail),
        "events": Fragment("events", asked.address("events"), Markup(events)),
        # How long seeds would take is worked out when somebody looks at it.
        "price": Fragment("price", path("ui", "experiments", head.detail.name, "seeds"), None),
    }
    if head.asked is None:
        return ready
    pieces = (page.fragment(part, asked.address(part), _work(part, asked)) for part in WORKED_OUT)
    # The effects take longest, so they begin last.
    found, (answer, mattered) = await asyncio.gather(asyncio.gather(*pieces), _effects(page, asked, head))
    return ready | {part.name: part for part in (answer, mattered, *found)}


async def _effects(page: Page, asked: StudyQuery, head: Head) -> tuple[Fragment, Fragment]:
    """The two parts that are made from the same answer."""
    assert head.asked is not None
    coming = page.shared.heavy.soon(page.caller.key_id, effects.work_of(asked), PATIENCE_SECONDS)
    body = await html_of(coming)
    if body is None:
        answer = mattered = None
    elif not body.startswith("{"):
        answer = mattered = body  # Why there is no answer.
    else:
        answer = Markup(effects.show_answer(body.encode()))
        mattered = Markup(effects.show_effects(head.asked.task, asked, body.encode()))
    return (
        Fragment("answer", asked.address("answer"), answer),
        Fragment("effects", asked.address("effects"), mattered),
    )


def _work(part: str, asked: StudyQuery) -> Work:
    return Work(WORKED_OUT[part][0], asked, "html")


def _ready(page: Page, part: str, title: str, name: str, html: str) -> Response:
    return page.show_piece(part, title, path("ui", "experiments", name), HTMLResponse(html))
