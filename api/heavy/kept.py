"""Keeps answers until what they are about changes, in a bounded number of bytes."""

from collections.abc import Hashable
from typing import Any

from cachetools import LRUCache

from api.heavy.work import Answer, Reply

# What a reply takes beside its body.
OVERHEAD_BYTES = 1_000


def _size(kept: tuple[Any, Reply]) -> int:
    reply = kept[1]
    return OVERHEAD_BYTES + (len(reply.body) if isinstance(reply, Answer) else 0)


class Kept:
    """The last reply to each question, as far as there is room. For the event loop alone: it has no lock."""

    def __init__(self, max_bytes: int) -> None:
        self._replies: LRUCache[Hashable, tuple[Any, Reply]] = LRUCache(max_bytes, _size)

    def get(self, question: Hashable, stamp: Any) -> Reply | None:
        """The reply to a question about what `stamp` tells of."""
        about, reply = self._replies.get(question, (None, None))
        return reply if reply is not None and about == stamp else None

    def put(self, question: Hashable, stamp: Any, reply: Reply) -> None:
        """Keep a reply in place of the one before."""
        self._replies.pop(question, None)
        if _size((stamp, reply)) <= self._replies.maxsize:
            self._replies[question] = stamp, reply
