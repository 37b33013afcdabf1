"""Posting a grid: creates what is missing in the database."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from evenkeel.database import Database, now_ms
from evenkeel.grids.cell import Cell
from evenkeel.grids.replication import PostedRule, SeedRule
from evenkeel.grids.sharing import Quota, Sharing
from evenkeel.grids.tasks import requirement_of
from evenkeel.records.rows import Ensured
from evenkeel.records.status import Status
from evenkeel.schema import SPEC_VERSION, cells, experiments, posts, runs
from evenkeel.store.experiments import set_sharing
from evenkeel.store.queueing import lock_experiment
from evenkeel.store.quota import Charge, check_in_flight, check_size
from evenkeel.store.rules import set_rule
from evenkeel.store.scheduler import dataset_key


@dataclass(frozen=True)
class Post:
    """Who posts a body, and under which Idempotency-Key.

    Attributes:
        posted_by: id of an API key; '' if the lab has no keys.
        key: the Idempotency-Key; None if the post has none.
        body_hash: the hash of the body, which tells two bodies apart.
    """

    posted_by: str = ""
    key: str | None = None
    body_hash: str = ""


class KeyReused(Exception):
    """The Idempotency-Key was used before with another body."""


class Grids:
    def __init__(self, database: Database) -> None:
        self.database = database

    def ensure(
        self,
        name: str,
        cells: Sequence[Cell],
        seeds: Sequence[int],
        sharing: Sharing | None = None,
        quota: Quota | None = None,
        post: Post | None = None,
        rule: SeedRule | None = None,
        plugins: Mapping[str, str] | None = None,
    ) -> Ensured:
        """Create what is missing of experiment `name`: its row, its cells, and one queued run for each cell and seed.
        The new runs of a paused experiment are paused.

        Args:
            plugins: hash of a cell -> the packages that a worker must have to train it; '' if it needs none. By default
                they are those that this process knows (`requirement_of`).

        Raises QuotaExceeded, KeyReused, ThreadsFixed, or RuleFixed: `rule` differs from the rule of the experiment, and
        runs have finished since. Nothing is stored then.
        """
        post = post or Post()
        with self.database.write() as db:
            if post.key is not None and (before := self._posted_before(db, post)) and _exists(db, name):
                return before
            experiment_id, paused = self._ensure_experiment(db, name, sharing or Sharing())
            created_ms = now_ms()
            if rule is not None:
                set_rule(db, experiment_id, PostedRule(rule, cells[0].task.name, post.posted_by, created_ms))
            cell_ids = self._ensure_cells(db, experiment_id, cells, plugins or {})
            known = _known_seeds(db, experiment_id)
            # Runs are queued seed by seed, so that every cell has a curve early.
            keys = [(cell_ids[cell.hash], seed) for seed in seeds for cell in cells]
            missing = [key for key in keys if key not in known]
            if missing:
                check_size(quota, len(known) + len(missing))
            status = Status.PAUSED if paused else Status.QUEUED
            base = {"status": str(status), "created_ms": created_ms, "posted_by": post.posted_by}
            ids = [uuid.uuid4().hex for _ in missing]
            rows = zip(ids, missing, strict=True)
            self.database.add(db, runs, [{"id": i, "cell_id": cell, "seed": seed, **base} for i, (cell, seed) in rows])
            ensured = Ensured(ids, len(keys) - len(ids))
            if post.key is not None:
                _note_post(db, post, ensured)
            check_in_flight(db, Charge(post.posted_by, quota), len(ids))
        return ensured

    def forget_posts(self, older_than_ms: int) -> None:
        """Delete the Idempotency-Keys that were used before this time."""
        with self.database.write() as db:
            db.execute(delete(posts).where(posts.c.created_ms < older_than_ms))

    def _posted_before(self, db: Connection, post: Post) -> Ensured | None:
        """The result of the same post when it came before; None if its key is new. A new key is inserted here. The same
        post, sent at the same time, waits for that insert."""
        row = {"posted_by": post.posted_by, "key": post.key, "body_hash": post.body_hash, "created_ms": now_ms()}
        taken = self.database.insert(posts).values(**row, created=0, existing=0).on_conflict_do_nothing()
        if db.execute(taken.returning(posts.c.key)).one_or_none() is not None:
            return None
        before = db.execute(select(posts).where(*_is_post(post))).one()
        if before.body_hash != post.body_hash:
            raise KeyReused
        return Ensured([], before.existing, before.created)

    def _ensure_experiment(self, db: Connection, name: str, sharing: Sharing) -> tuple[int, bool]:
        """(the experiment's id, whether it is paused). Its row is locked, so that the second of two posts at the same
        time sees the runs of the first."""
        if sharing.threads is not None:
            self.database.stop_claims(db)
        db.execute(self.database.insert(experiments).values(name=name, created_ms=now_ms()).on_conflict_do_nothing())
        found = lock_experiment(db, experiments.c.name == name)
        set_sharing(db, found.id, sharing)
        return found.id, found.paused

    def _ensure_cells(
        self, db: Connection, experiment_id: int, wanted: Sequence[Cell], plugins: Mapping[str, str]
    ) -> dict[str, int]:
        """hash -> id of every cell of the experiment."""
        query = select(cells.c.hash, cells.c.id).where(cells.c.experiment_id == experiment_id)
        known = {row.hash: row.id for row in db.execute(query)}
        new = [cell for cell in wanted if cell.hash not in known]
        if rows := [_cell_row(experiment_id, cell, plugins.get(cell.hash, requirement_of(cell))) for cell in new]:
            self.database.add(db, cells, rows)
            known = {row.hash: row.id for row in db.execute(query)}
        return known


def _exists(db: Connection, name: str) -> bool:
    """Whether there is the experiment. If it was deleted since it was posted, a repeated post makes it again."""
    return db.scalar(select(experiments.c.id).where(experiments.c.name == name)) is not None


def _cell_row(experiment_id: int, cell: Cell, plugins: str) -> dict[str, Any]:
    needs = cell.needs
    return {
        "experiment_id": experiment_id,
        "hash": cell.hash,
        "task": cell.task.name,
        "task_version": cell.task.version,
        "levels": cell.stored_levels,
        "epochs": cell.num_epochs,
        "needs": None if needs is None else dataset_key(needs.dataset, needs.image_size),
        "spec_version": SPEC_VERSION,
        "plugins": plugins or None,
    }


def _known_seeds(db: Connection, experiment_id: int) -> set[tuple[int, int]]:
    theirs = select(runs.c.cell_id, runs.c.seed).join(cells).where(cells.c.experiment_id == experiment_id)
    return {(row.cell_id, row.seed) for row in db.execute(theirs)}


def _note_post(db: Connection, post: Post, ensured: Ensured) -> None:
    values = {"created": ensured.num_created, "existing": ensured.existing}
    db.execute(update(posts).where(*_is_post(post)).values(values))


def _is_post(post: Post) -> tuple[Any, ...]:
    return posts.c.posted_by == post.posted_by, posts.c.key == post.key
