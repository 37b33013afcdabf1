"""The first page: /ui/. Every experiment, what it has shown so far, and what the workers do."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.concurrency import run_in_threadpool

from api.endpoints.workers import workers_now
from api.pages.formats import path, query
from api.pages.fragments import Fragment
from api.pages.frame import Page, ThePage
from api.pages.home.headline import ask_headline
from api.pages.home.studies import ON_A_PAGE, Asked, Studies, find_studies

router = APIRouter()

HOME, PIECE = "/ui/", "/ui/studies"
# More tags would hide the list.
MOST_TAGS = 40


@router.get(HOME)
async def show_home(asked: Annotated[Asked, Query()], page: ThePage) -> Response:
    known = await _look(page, asked)
    return page.show("home/page.html", **known, now=_now(page, known))


@router.get(PIECE)
async def show_studies(asked: Annotated[Asked, Query()], page: ThePage) -> Response:
    known = await _look(page, asked)
    return page.show_part(_now(page, known), "Experiments", HOME + query(asked.chosen))


@router.get("/ui/experiments/{name}/headline")
async def show_headline(name: Annotated[str, Path(max_length=64)], page: ThePage) -> Response:
    url = path("ui", "experiments", name)
    return await page.show_fragment("headline", f"{name}, in a sentence", url, ask_headline(name))


async def _look(page: Page, asked: Asked) -> dict[str, Any]:
    studies: Studies = await find_studies(page.shared, asked)
    return {
        "studies": studies,
        "asked": asked,
        "tags": studies.tags[:MOST_TAGS],
        "per_page": ON_A_PAGE,
        "workers": await run_in_threadpool(workers_now, page.shared.lab),
    }


def _now(page: Page, known: dict[str, Any]) -> Fragment:
    return page.part("studies", PIECE + query(known["asked"].chosen), "home/studies.html", **known)
