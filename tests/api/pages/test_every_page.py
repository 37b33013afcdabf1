"""What holds for every page, whoever wrote it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from filled import DEMO, cells_of
from markup import Markup
from sqlalchemy import update

from evenkeel.plugins import Broken, Package
from evenkeel.records.keys import Role
from evenkeel.records.workers import Worker
from evenkeel.schema import runs
from evenkeel.store import Store

from .conftest import Browser, SignIn

# What has no page: files, the stream of news, and data for charts.
NO_PAGES = ("/ui/static/{version}/{name}", "/ui/live")
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "x" * 64,
    "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd",
    "\U0001f9ea\U0001f600 study",
    "{{ 7 * 7 }} {% raw %}",
]


def routes_of(routes: Any) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from routes_of(router.routes)


def addresses(browser: Browser, store: Store) -> list[str]:
    """An address of every page of the app."""
    run = next(run for run in store.runs.all(DEMO) if run.error is not None)
    values = {"name": DEMO, "cell": run.cell_hash, "hash": run.cell_hash, "cell_hash": run.cell_hash, "run_id": run.id}
    values |= {"cell": cells_of(store, DEMO)[0]}
    paths = [
        route.path
        for route in routes_of(browser.app.routes)  # type: ignore[attr-defined]
        if route.path.startswith("/ui/") and "GET" in route.methods and route.path not in NO_PAGES
    ]
    return [path.format(**values) for path in paths if not path.endswith(".json")]


def test_no_page_has_a_script_or_a_style_of_its_own(browser: Browser, filled_store: Store) -> None:
    """A page that works under this policy runs nothing that somebody smuggled in, wherever it stands."""
    found = addresses(browser, filled_store)
    assert {"/ui/", "/ui/workers", "/ui/tasks", "/ui/keys", "/ui/sign-in"} <= set(found)
    for address in [*found, "/ui/nothing-here"]:
        answer = browser.get(address, follow_redirects=True)
        assert answer.status_code in (200, 404, 422), address
        assert "unsafe" not in answer.headers["Content-Security-Policy"], address
        assert "script-src 'self';" in answer.headers["Content-Security-Policy"], address
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert Markup(answer.text).inline == [], address


def test_every_page_can_be_walked_by_landmarks(browser: Browser, filled_store: Store) -> None:
    for address in addresses(browser, filled_store):
        answer = browser.get(address, follow_redirects=True)
        page = Markup(answer.text)
        assert [given["lang"] for given in page.named("html")] == ["en"], address
        assert len(page.named("main")) == len(page.named("h1")) == 1, address
        assert page.named("a")[0]["href"] == "#main", address
        ids = [given["id"] for _, given in page.elements if "id" in given]
        assert sorted(ids) == sorted(set(ids)), address
        assert [given for given in page.named("img") if "alt" not in given] == [], address
        words = [text for text in ("None", "Undefined") if f">{text}<" in answer.text]
        assert words == [], address


def test_every_link_of_every_page_leads_somewhere(browser: Browser, filled_store: Store) -> None:
    links = {
        given["href"].partition("#")[0]
        for address in addresses(browser, filled_store)
        for given in Markup(browser.get(address).text).named("a")
        if given.get("href", "").startswith("/")
    }
    lost = {link: answer.status_code for link in sorted(links) if (answer := browser.get(link)).status_code >= 400}
    assert lost == {}


def test_a_reader_sees_no_button_that_they_may_not_press(
    browser: Browser, filled_store: Store, signed_in: SignIn
) -> None:
    signed_in(Role.READ)
    for address in addresses(browser, filled_store):
        page = Markup(browser.get(address, follow_redirects=True).text)
        changes = {given["action"] for given in page.named("form") if given.get("method", "").lower() == "post"}
        assert changes <= {"/ui/sign-out", "/ui/sign-out/everywhere", "/ui/sign-in"}, address


@pytest.mark.parametrize("name", HOSTILE)
def test_what_somebody_named_is_text_on_every_page(browser: Browser, filled_store: Store, name: str) -> None:
    broken = Broken("evenkeel.archs", name, Package(name, "1"), name)
    worker = Worker(
        name, 1, name, name, 0, {"classification": 1}, name, warning=name, plugins=(name,), broken=(broken,)
    )
    filled_store.workers.see(worker)
    with filled_store.database.write() as db:
        db.execute(
            update(runs).where(runs.c.error.is_not(None)).values(error=name, worker=name, code_version=name[:64])
        )
    shown = 0
    for address in ["/ui/", "/ui/workers", "/ui/workers/now", *addresses(browser, filled_store)]:
        page = Markup(browser.get(address).text)
        assert page.inline == [], address
        assert [given for tag, given in page.elements if given.get("src") == "x"] == [], address
        shown += page.text.count(name)
    assert shown >= 6


def test_what_the_pages_are_made_of_stays_small() -> None:
    folder = Path(__file__).parents[3] / "api" / "pages" / "static"
    assert sum(path.stat().st_size for path in folder.glob("*.js")) <= 100_000
