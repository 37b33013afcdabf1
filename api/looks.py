"""Looks at a service that may be slow or away, in threads of its own. Who asks waits for a moment at most."""

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

# So old a sight may be that is shown without a new look.
FRESH_SECONDS = 1.0
# So long a look may take before callers get what was seen before it.
PATIENCE_SECONDS = 1.0
# So long the first look may take before callers get nothing.
FIRST_SECONDS = 3.0


@dataclass(frozen=True)
class Seen(Generic[T]):
    """What a look saw, and the seconds since that look began."""

    value: T
    age_seconds: float


class Look(Generic[T]):
    """Looks at one service. It looks only while somebody asks, and never twice at the same time.

    Args:
        look: Asks the service. It may take long. It should raise nothing, and say in its value what is wrong.
        threads: Where looks run. Each `Look` needs at most one thread.
        at_most: Seconds after which a sight is no longer fresh, if they are fewer than FRESH_SECONDS.
    """

    def __init__(self, look: Callable[[], T], threads: Executor, at_most: float = math.inf) -> None:
        self._look, self._threads, self._at_most = look, threads, at_most
        self._seen: tuple[float, T] | None = None
        self._looking: Future[None] | None = None
        self._began = 0.0

    async def get(self) -> Seen[T] | None:
        """What was seen last. If that is no longer fresh, a new look begins, and may take a moment. None if the first
        look takes longer."""
        if self._seen is None or time.monotonic() - self._seen[0] > min(self._at_most, FRESH_SECONDS):
            if self._looking is None or self._looking.done():
                self._began = time.monotonic()
                self._looking = self._threads.submit(self._take, self._began)
            patience = FIRST_SECONDS if self._seen is None else PATIENCE_SECONDS
            left = patience - (time.monotonic() - self._began)
            if left > 0:
                done, _ = await asyncio.wait({asyncio.wrap_future(self._looking)}, timeout=left)
                for ended in done:
                    ended.result()
        if self._seen is None:
            return None
        return Seen(self._seen[1], time.monotonic() - self._seen[0])

    def _take(self, began: float) -> None:
        self._seen = began, self._look()
