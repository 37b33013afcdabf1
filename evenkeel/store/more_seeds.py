"""New runs of cells that are stored: the seeds that a cell has, and those that are added to all cells of an
experiment."""

import uuid
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, select

from evenkeel.claims.lanes import lanes_of_cells
from evenkeel.database import Database, now_ms
from evenkeel.grids.cell import MAX_SEED
from evenkeel.grids.sharing import Quota
from evenkeel.journal.telling import tell_added
from evenkeel.records.rows import Ensured
from evenkeel.records.status import Status
from evenkeel.schema import cells, experiments, runs
from evenkeel.store.posts import Post, note_post, posted_before
from evenkeel.store.queueing import lock_experiment
from evenkeel.store.quota import Charge, check_in_flight, check_size

FIELD = "add"  # the part of a request that asks for so many runs


class NoSeedsLeft(Exception):
    """A cell has so high a seed that no higher one may follow."""

    def __init__(self, highest: int) -> None:
        left = MAX_SEED - highest
        super().__init__(f"a cell has the seed {highest:,}; of the higher ones, {left:,} are left (up to {MAX_SEED:,})")


class MoreSeeds:
    def __init__(self, database: Database) -> None:
        self.database = database

    def plan(self, experiment_id: int, cell_ids: Collection[int], add: int, quota: Quota | None = None) -> list[int]:
        """The seeds that `add` would give to at least one of the cells. Raises NoSeedsLeft and QuotaExceeded."""
        with self.database.read() as db:
            return _seeds(_next(known_seeds(db, experiment_id), cell_ids, add, quota))

    def add(
        self, name: str, cell_ids: Collection[int], add: int, quota: Quota | None = None, post: Post | None = None
    ) -> tuple[Ensured, list[int]]:
        """Queue runs of cells of an experiment: each with the seeds that come after its highest one. If the experiment
        is paused, they are paused.

        Of two calls at the same time, the second sees the runs of the first. A call that repeats one under its
        Idempotency-Key adds nothing.

        Args:
            add: how many seeds each cell gets.
            cell_ids: of cells that the experiment has.

        Returns:
            (what was created, the seeds that at least one of the cells got).

        Raises:
            NoSeedsLeft: a cell has so high a seed that too few may follow. Nothing is stored.
            QuotaExceeded: there would be too many runs. Nothing is stored.
            KeyReused: the Idempotency-Key was used before with another body.
        """
        post = post or Post()
        with self.database.write() as db:
            if (before := posted_before(self.database, db, name, post)) is not None:
                return before, []
            found = lock_experiment(db, experiments.c.name == name)
            if found is None:
                return Ensured([], 0), []
            known = known_seeds(db, found.id)
            keys = _next(known, cell_ids, add, quota)
            ids = queue_new(self.database, db, found.id, keys, found.paused, now_ms(), post.posted_by)
            ensured = Ensured(ids, len(known))
            if keys:
                tell_added(db, found.id, known, keys, post.posted_by)
            note_post(db, post, ensured)
            check_in_flight(db, Charge(post.posted_by, quota, FIELD), len(ids))
        return ensured, _seeds(keys)


def known_seeds(db: Connection, experiment_id: int) -> set[tuple[int, int]]:
    """(cell id, seed) of every run of an experiment."""
    theirs = select(runs.c.cell_id, runs.c.seed).join(cells).where(cells.c.experiment_id == experiment_id)
    return {(row.cell_id, row.seed) for row in db.execute(theirs)}


def queue_new(
    database: Database,
    db: Connection,
    experiment_id: int,
    keys: Sequence[tuple[int, int]],
    paused: bool,
    created_ms: int,
    posted_by: str,
) -> list[str]:
    """Create a run for each (cell id, seed) of an experiment. Returns their ids."""
    status = Status.PAUSED if paused else Status.QUEUED
    base = {"status": str(status), "created_ms": created_ms, "posted_by": posted_by}
    ids = [uuid.uuid4().hex for _ in keys]
    lanes, rows = lanes_of_cells(db, experiment_id), zip(ids, keys, strict=True)
    new = ({"id": i, "cell_id": cell, "seed": seed, "lane_id": lanes[cell], **base} for i, (cell, seed) in rows)
    database.add(db, runs, list(new))
    return ids


def _next(
    known: Collection[tuple[int, int]], cell_ids: Collection[int], add: int, quota: Quota | None
) -> list[tuple[int, int]]:
    """The runs in the order in which they are queued: one more seed of every cell, then the next."""
    check_size(quota, len(known) + len(cell_ids) * add, FIELD)
    highest = dict.fromkeys(cell_ids, -1)
    for cell_id, seed in known:
        if cell_id in highest:
            highest[cell_id] = max(highest[cell_id], seed)
    top = max(highest.values(), default=-1)
    if top + add > MAX_SEED:
        raise NoSeedsLeft(top)
    return [(cell_id, seed + more) for more in range(1, add + 1) for cell_id, seed in highest.items()]


def _seeds(keys: Sequence[tuple[int, int]]) -> list[int]:
    return sorted({seed for _, seed in keys})
