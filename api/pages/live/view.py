"""The stream that tells a page that what it shows has changed: /ui/live."""

import random
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.pages.live.about import check
from api.pages.paths import LIVE
from api.resources import Shared

router = APIRouter()

# Then the browser asks again, and its key is looked at again. They do not all do so at once.
SHORTEST_SECONDS, LONGEST_SECONDS = 240.0, 360.0
RETRY_MS = 3_000


def about_what(about: Annotated[str, Query(max_length=100)]) -> str:
    """What the page shows: see `about`. Raises QueryError before the stream begins."""
    return check(about)


@router.get(LIVE, response_class=EventSourceResponse)
async def listen(
    shared: Shared,
    about: Annotated[str, Depends(about_what)],
    stamp: Annotated[str, Query(max_length=40)] = "",
    last_event_id: Annotated[str, Header(max_length=40)] = "",
) -> AsyncIterator[ServerSentEvent]:
    """Tell when something changes.

    The id of an event is a stamp of how it is now. A browser that was away sends the last id that it got, and hears at
    once if something has changed since.

    Args:
        stamp: The stamp of what the page shows, if it has one.
    """
    known = last_event_id or stamp
    seconds = random.uniform(SHORTEST_SECONDS, LONGEST_SECONDS)
    async for now in shared.watcher.listen(about, known, seconds):
        kind, known = ("changed" if known else "now"), now
        yield ServerSentEvent(event=kind, data={"about": about}, id=now, retry=RETRY_MS)
