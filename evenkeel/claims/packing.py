"""The curves of a run as one row: packed when it finishes, since they no longer change."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from sqlalchemy import Connection, and_, select

from evenkeel.database import batched
from evenkeel.schema import epochs, runs

FLOAT = np.dtype("<f8")

# metric or "epoch_seconds" -> array of shape (num_epochs,), with NaN for null.
ByName = dict[str, np.ndarray[Any, Any]]


def pack_curves(db: Connection, run_id: str) -> dict[str, Any]:
    """The row of table `curves` for a run's current attempt.

    `metrics` holds the names that its epochs contain and, last, 'epoch_seconds', separated by commas. `packed` holds
    little-endian float64 values of shape (metrics, epochs), with NaN for null.
    """
    found = read_epochs(db, [run_id]).get(run_id) or _by_name([])
    return {"run_id": run_id, "metrics": ",".join(found), "packed": pack(found)}


def pack(values: Mapping[str, Any]) -> bytes:
    """The bytes of some curves. `values` maps a name to an array of shape (num_epochs,). `unpack` needs the names in
    the same order."""
    return np.array(list(values.values()), FLOAT).tobytes()


class Packed(Mapping[str, np.ndarray[Any, Any]]):
    """The curves that `pack` packed, each unpacked when it is asked for: most questions are about one of many."""

    def __init__(self, metrics: str, packed: bytes) -> None:
        """
        Args:
            metrics: The names of the curves in their order, separated by commas.
        """
        self._places, self._packed = _places(metrics), packed

    def __getitem__(self, name: str) -> np.ndarray[Any, Any]:
        place, num_epochs = self._places[name], len(self._packed) // (FLOAT.itemsize * len(self._places))
        return np.frombuffer(self._packed, FLOAT, num_epochs, place * num_epochs * FLOAT.itemsize)

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def unpack(metrics: str, packed: bytes) -> Packed:
    """The curves that `pack` packed. `metrics` holds their names in the same order, separated by commas."""
    return Packed(metrics, packed)


@lru_cache(maxsize=1000)
def _places(metrics: str) -> dict[str, int]:
    return {name: place for place, name in enumerate(metrics.split(","))}


def read_epochs(db: Connection, run_ids: Sequence[str]) -> dict[str, ByName]:
    """run id -> the curves of its current attempt so far. A run without an epoch is left out."""
    query = (
        select(epochs.c.run_id, epochs.c.measured, epochs.c.epoch_seconds)
        .join(runs, and_(runs.c.id == epochs.c.run_id, runs.c.attempt == epochs.c.attempt))
        .order_by(epochs.c.run_id, epochs.c.epoch)
    )
    rows: dict[str, list[dict[str, float | None]]] = {}
    for some in batched(run_ids):
        for row in db.execute(query.where(epochs.c.run_id.in_(some))):
            rows.setdefault(row.run_id, []).append({**row.measured, "epoch_seconds": row.epoch_seconds})
    return {run_id: _by_name(found) for run_id, found in rows.items()}


def _by_name(rows: Sequence[Mapping[str, float | None]]) -> ByName:
    """The curves of a run, from one row for each epoch. The names stand in the order of the first epoch. Names that
    only later epochs have come after them."""
    names = dict.fromkeys(name for row in rows for name in row if name != "epoch_seconds")
    return {name: np.array([row.get(name) for row in rows], np.float64) for name in (*names, "epoch_seconds")}
