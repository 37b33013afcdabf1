"""Learns what was announced to the store since this process last looked: tasks, and levels of factors."""

import time
from collections.abc import Callable
from typing import TypeVar

from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError

from evenkeel.analysis.query import QueryError
from evenkeel.grids.expand import SpecError
from evenkeel.grids.tasks import generation
from evenkeel.lab.announced import refresh
from evenkeel.store import Store

T = TypeVar("T")
LOOK_SECONDS = 1.0


class News:
    """Looks now and then, in a thread. It belongs to the app's event loop."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._looked = -LOOK_SECONDS

    async def look(self) -> None:
        """Look if the last look was a while ago. Raises StoreAway."""
        if time.monotonic() - self._looked >= LOOK_SECONDS:
            self._looked = time.monotonic()
            await run_in_threadpool(refresh, self.store, now=True)


def after_news(store: Store, check: Callable[[], T]) -> T:
    """What `check` returns. If it refuses a request, the store is looked at at once: the request may name what was
    announced a moment ago."""
    before = generation()
    try:
        return check()
    except (QueryError, SpecError, RequestValidationError):
        refresh(store, now=True)
        if generation() == before:
            raise
    return check()
