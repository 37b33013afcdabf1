"""The record of every experiment: the only package that speaks SQL."""

from lab.store.claims import Claims
from lab.store.curves import Curves
from lab.store.database import SchemaError, now_ms
from lab.store.grids import Grids, KeyReused, Post
from lab.store.keys import Keys
from lab.store.metering import Metering
from lab.store.outbox import Outbox
from lab.store.presence import Presence
from lab.store.reads import Reads
from lab.store.steering import Steering
from lab.store.tallies import Tallies

__all__ = ["KeyReused", "Post", "SchemaError", "Store", "now_ms"]


class Store(Grids, Steering, Reads, Curves, Claims, Presence, Outbox, Keys, Tallies, Metering):
    """Thread-safe; one a process. Every method is one transaction."""
