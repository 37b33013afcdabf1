"""Keeps arrays that take long to make, because many cells need the same ones."""

from collections.abc import Callable
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from cachetools import LRUCache, cached
from numpy.typing import NDArray

P = ParamSpec("P")
Kept = TypeVar("Kept", bound=NDArray[Any])
# Of each function. A cell that grows to hundreds of seeds needs a new array for each number of seeds on its way.
MOST_BYTES = 16_000_000


def keep(make: Callable[P, Kept]) -> Callable[P, Kept]:
    """Keep the arrays that a function made last, up to MOST_BYTES. An array that is larger is made each time.
    Thread-safe: two callers at the same time may both make the same array.

    Args:
        make: Its arguments can be hashed. Nobody changes an array that it returns.
    """
    arrays: LRUCache[object, Kept] = LRUCache(MOST_BYTES, getsizeof=lambda array: array.nbytes)
    return cached(arrays, lock=Lock())(make)
