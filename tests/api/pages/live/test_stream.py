"""The stream of news through the door of a server: it holds up nobody."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from filled import DEMO
from in_thread import api_in_thread
from raw import connect, send
from services import wait_for
from sqlalchemy import update

from api.pages.live.about import stamp_of
from evenkeel.schema import runs
from evenkeel.settings import get_settings
from evenkeel.store import Store

pytestmark = pytest.mark.slow

ABOUT = f"experiment:{DEMO}"
MAX_CONNECTIONS = 20
LISTEN = f"GET /ui/live?about={ABOUT} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


@contextmanager
def news(url: str, **params: str) -> Iterator[Iterator[dict[str, str]]]:
    """The events of a stream, each as its fields."""
    with httpx.stream("GET", f"{url}/ui/live", params={"about": ABOUT} | params, timeout=60) as stream:
        assert (stream.status_code, stream.headers["content-type"][:17]) == (200, "text/event-stream")
        yield events(stream.iter_lines())


def events(lines: Iterator[str]) -> Iterator[dict[str, str]]:
    event: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(": ")
        if colon and name:
            event[name] = value
        elif event:
            yield event
            event = {}


@pytest.fixture(autouse=True)
def few_places(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EVENKEEL_MAX_CONNECTIONS", str(MAX_CONNECTIONS))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def test_open_pages_hear_of_changes_take_no_place_and_do_not_delay_the_end(filled_store: Store, tmp_path: Path) -> None:
    with ExitStack() as pages, api_in_thread(f"sqlite:///{tmp_path}/filled.db") as address:
        before = stamp_of(filled_store, ABOUT)
        with news(address) as heard, news(address, stamp=before) as heard_by_one_that_knows:
            first = next(heard)
            assert (first["event"], first["id"], json.loads(first["data"])) == ("now", before, {"about": ABOUT})
            with filled_store.database.write() as db:
                db.execute(update(runs).values(version=runs.c.version + 1))
            second, same = next(heard), next(heard_by_one_that_knows)
            assert (second["event"], second["id"] != before, same) == ("changed", True, second | {"retry": "3000"})
        with news(address, stamp=before) as missed:
            assert next(missed) == second
        open_pages = [pages.enter_context(connect(address)) for _ in range(MAX_CONNECTIONS)]
        for page in open_pages:
            assert send(page, LISTEN)
        wait_for(lambda: all(page.recv(20, 2).startswith(b"HTTP/1.1 200") for page in open_pages[5:]), 60, "streams")
        for _ in range(3):
            assert httpx.get(f"{address}/experiments", timeout=60).status_code == 200
