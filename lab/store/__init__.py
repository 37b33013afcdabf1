"""The record of every experiment: the only package that speaks SQL."""

from lab.store.claims import Claims
from lab.store.curves import Curves
from lab.store.database import now_ms
from lab.store.grids import Grids
from lab.store.outbox import Outbox
from lab.store.presence import Presence
from lab.store.reads import Reads

__all__ = ["Store", "now_ms"]


class Store(Grids, Reads, Curves, Claims, Presence, Outbox):
    """Thread-safe; one a process. Every method is one transaction."""
