"""What holds for every page, whoever wrote it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from filled import DEMO, cells_of
from markup import Markup
from servers import add_key
from sqlalchemy import update

from evenkeel.plugins import Broken, Package
from evenkeel.records.keys import Role
from evenkeel.records.workers import Worker
from evenkeel.schema import runs
from evenkeel.store import Store, now_ms

from .conftest import Browser, browser_on

pytestmark = pytest.mark.slow

# What has no page: files, and the stream of news.
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
    values = {"name": DEMO, "cell": cells_of(store, DEMO)[0], "run_id": run.id}
    paths = [
        route.path
        for route in routes_of(browser.app.routes)  # type: ignore[attr-defined]
        if route.path.startswith("/ui/") and "GET" in route.methods and route.path not in NO_PAGES
    ]
    return [path.format_map(values) for path in paths]


def walk(browser: Browser, found: list[str]) -> dict[str, Any]:
    """Address -> the answer, for what a browser shows as a page."""
    answers = {address: browser.get(address, follow_redirects=True) for address in found}
    return {
        address: answer
        for address, answer in answers.items()
        if answer.headers["content-type"].startswith("text/html") and "content-disposition" not in answer.headers
    }


def make_store(folder: Path, filled_file: Path) -> Store:
    """A filled store in which everything that somebody may name has a hostile name."""
    shutil.copy(filled_file, folder / "lab.db")
    store = Store(f"sqlite:///{folder}/lab.db")
    still_there = now_ms() + 3_600_000
    for name in HOSTILE:
        broken = (Broken("evenkeel.archs", name, Package("lab-nets", "1"), name),)
        store.workers.see(
            Worker(name, 1, name, name, still_there, {"classification": 1}, name, warning=name, broken=broken)
        )
    with store.database.write() as db:
        for run, name in zip(store.runs.all(DEMO), HOSTILE, strict=False):
            db.execute(update(runs).where(runs.c.id == run.id).values(worker=name, code_version=name))
        db.execute(update(runs).where(runs.c.error.is_not(None)).values(error="\n".join(HOSTILE)))
    return store


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, filled_file: Path) -> Iterator[dict[str, Any]]:
    """Every page as a key that may write sees it, and one that does not exist."""
    folder = tmp_path_factory.mktemp("hostile")
    store = make_store(folder, filled_file)
    with browser_on(f"sqlite:///{folder}/lab.db") as browser:
        yield walk(browser, [*addresses(browser, store), "/ui/nothing-here"])
    store.close()


def test_no_page_has_a_script_or_a_style_of_its_own(pages: dict[str, Any]) -> None:
    """So nothing that somebody smuggled in runs, wherever it stands."""
    assert {"/ui/", "/ui/workers", "/ui/tasks", "/ui/keys", "/ui/sign-in"} <= set(pages)
    for address, answer in pages.items():
        assert answer.status_code in (200, 404, 422), address
        policy = answer.headers["Content-Security-Policy"]
        assert ("unsafe" in policy, "script-src 'self';" in policy) == (False, True), address
        assert answer.headers["Referrer-Policy"] == "same-origin", address
        assert Markup(answer.text).inline == [], address


def test_what_somebody_named_is_text_on_every_page(pages: dict[str, Any]) -> None:
    found = {address: Markup(answer.text) for address, answer in pages.items()}
    for address, page in found.items():
        assert [given for _, given in page.elements if given.get("src") == "x"] == [], address
    for name in HOSTILE:
        assert name in found["/ui/workers"].text
        assert name in "".join(page.text for address, page in found.items() if "/runs/" in address)


def test_every_page_can_be_walked_by_landmarks(pages: dict[str, Any]) -> None:
    for address, answer in pages.items():
        page = Markup(answer.text)
        assert [given["lang"] for given in page.named("html")] == ["en"], address
        assert (len(page.named("main")), len(page.named("h1"))) == (1, 1), address
        assert page.named("a")[0]["href"] == "#main", address
        ids = [given["id"] for _, given in page.elements if "id" in given]
        assert sorted(ids) == sorted(set(ids)), address
        assert [given for given in page.named("img") if "alt" not in given] == [], address
        assert [word for word in ("None", "nan", "Undefined") if f">{word}<" in answer.text] == [], address


def test_a_reader_sees_no_button_that_they_may_not_press(tmp_path: Path, filled_file: Path) -> None:
    store = make_store(tmp_path, filled_file)
    with browser_on(f"sqlite:///{tmp_path}/lab.db") as browser:
        browser.sign_in(add_key(store, Role.READ))
        for address, answer in walk(browser, addresses(browser, store)).items():
            page = Markup(answer.text)
            changes = {given["action"] for given in page.named("form") if given.get("method", "").lower() == "post"}
            # A reader may see what a grid would be.
            assert changes <= {"/ui/sign-out", "/ui/sign-out/everywhere", "/ui/sign-in", "/ui/new"}, address
            assert not {"post", "pilot"} & {given.get("value") for given in page.named("button")}, address
    store.close()


def test_the_scripts_of_the_pages_stay_small() -> None:
    folder = Path(__file__).parents[3] / "api" / "pages" / "static"
    assert sum(path.stat().st_size for path in folder.glob("*.js")) <= 100_000
