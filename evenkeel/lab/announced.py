"""Keeps this process's tasks in step with what workers announce to the store."""

import threading
import time
from typing import Any

from evenkeel.grids.tasks import announce
from evenkeel.store import Store

LOOK_EVERY_SECONDS = 1.0

_lock = threading.Lock()
# The store that was looked at last, when, and its stamp then.
_seen: tuple[Store | None, float, Any] = (None, 0.0, None)


def refresh(store: Store, now: bool = False) -> None:
    """Make this process know what is announced in the store. It looks at most once a second, so every request may call
    it.

    Args:
        now: whether to look at once.

    Raises:
        StoreAway: the store does not answer. What is known stays known.
    """
    global _seen
    with _lock:
        whose, when, stamp = _seen
        if whose is store and not now and time.monotonic() - when < LOOK_EVERY_SECONDS:
            return
        newest = store.plugins.stamp()
        if whose is not store or stamp != newest:
            announce(store.plugins.known())
        _seen = store, time.monotonic(), newest
