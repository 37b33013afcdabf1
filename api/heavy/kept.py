"""Keeps answers until what they are about changes, in a bounded number of bytes."""

import time
from collections.abc import Hashable
from typing import Any

from cachetools import LRUCache

from api.heavy.work import Answer, Reply

# What a reply takes beside its question and its body.
OVERHEAD_BYTES = 1_000


class Kept:
    """The last reply to each question, as far as there is room. For the event loop alone: it has no lock."""

    def __init__(self, max_bytes: int) -> None:
        # question -> (stamp, reply, bytes that it takes, when it was put here)
        self._replies: LRUCache[Hashable, tuple[Any, Reply, int, float]] = LRUCache(max_bytes, lambda kept: kept[2])

    def get(self, question: Hashable, stamp: Any) -> Reply | None:
        """The reply to a question about what `stamp` tells of."""
        about, reply, *_ = self._replies.get(question, (None, None, 0, 0.0))
        return reply if reply is not None and about == stamp else None

    def __contains__(self, question: Hashable) -> bool:
        """Whether there is a reply to the question, out of date or not."""
        return question in self._replies

    def late(self, question: Hashable, seconds: float) -> Reply | None:
        """The last reply to a question, whatever has changed since, if it is not older than so many seconds."""
        _, reply, _, at = self._replies.get(question, (None, None, 0, 0.0))
        return reply if reply is not None and time.monotonic() - at <= seconds else None

    def put(self, question: Hashable, stamp: Any, reply: Reply) -> None:
        """Keep a reply in place of the one before."""
        self._replies.pop(question, None)
        size = OVERHEAD_BYTES + len(repr(question)) + (len(reply.body) if isinstance(reply, Answer) else 0)
        if size <= self._replies.maxsize:
            self._replies[question] = stamp, reply, size, time.monotonic()
