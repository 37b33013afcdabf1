"""Fewer passes of Python's garbage collector.

Thousands of collected tests and the modules that they import live as long as the session, yet every full pass looks at
all of them. Without this, a fifth of the time of the fast half is spent so.
"""

import gc

gc.set_threshold(100_000, 50, 100)


def pytest_collection_finish() -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
