"""Looks at the store for all pages that listen, and tells them what has changed."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress

from evenkeel.store import StoreAway

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
# Looking takes at most this share of the time, however large the lab.
MOST_OF_THE_TIME = 0.05


class Watcher:
    """Looks once a second while somebody listens, however many they are. It belongs to the app's event loop.

    Args:
        stamp_of: What a page listens to -> a text that changes when that does. It may wait for the store.
    """

    def __init__(self, stamp_of: Callable[[str], str]) -> None:
        self.stamp_of = stamp_of
        self._listening: Counter[str] = Counter()
        self._stamps: dict[str, str] = {}
        self._news = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._next_look = 0.0

    async def listen(self, about: str, known: str, seconds: float) -> AsyncIterator[str]:
        """The stamp of what `about` names: as it is now, and again whenever it changes.

        Args:
            known: The stamp that the caller knows, which is not told again.
            seconds: How long to listen.
        """
        until = time.monotonic() + seconds
        with self._counted(about):
            while (left := until - time.monotonic()) > 0:
                news, stamp = self._news, self._stamps.get(about, known)
                if stamp != known:
                    known = stamp
                    yield stamp
                    continue
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), left)

    @contextmanager
    def _counted(self, about: str) -> Iterator[None]:
        self._listening[about] += 1
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_on())
        try:
            yield
        finally:
            self._listening[about] -= 1
            if not self._listening[about]:
                del self._listening[about]
                self._stamps.pop(about, None)
            if not self._listening and self._looking is not None:
                self._looking.cancel()
                self._looking = None

    async def _look_on(self) -> None:
        while True:
            await asyncio.sleep(self._next_look - time.monotonic())
            began = time.monotonic()
            try:
                found = await asyncio.to_thread(self._look, sorted(self._listening))
            except StoreAway:
                found = {}  # It is asked again. The pages stay as they are.
            except Exception:
                log.exception("no news for the pages")
                found = {}
            took = time.monotonic() - began
            self._next_look = began + max(LOOK_SECONDS, took / MOST_OF_THE_TIME)
            self._tell(found)

    def _look(self, listened: list[str]) -> dict[str, str]:
        return {about: self.stamp_of(about) for about in listened}

    def _tell(self, found: dict[str, str]) -> None:
        still = {about: stamp for about, stamp in found.items() if about in self._listening}
        if any(self._stamps.get(about) != stamp for about, stamp in still.items()):
            self._stamps |= still
            self._news.set()
            self._news = asyncio.Event()
