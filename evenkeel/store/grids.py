"""Posting a grid: creates what is missing in the database."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from evenkeel.claims.lanes import give_lanes
from evenkeel.claims.scheduler import dataset_key
from evenkeel.database import Database, now_ms
from evenkeel.grids.cell import Cell
from evenkeel.grids.replication import PostedRule, SeedRule
from evenkeel.grids.sharing import Quota, Sharing
from evenkeel.grids.tasks import requirement_of
from evenkeel.journal.telling import shared, tell, tell_added
from evenkeel.records.events import EventKind
from evenkeel.records.rows import Ensured
from evenkeel.schema import SPEC_VERSION, cells, experiments
from evenkeel.store.experiments import set_sharing
from evenkeel.store.more_seeds import known_seeds, queue_new
from evenkeel.store.posts import Post, note_post, posted_before
from evenkeel.store.queueing import lock_experiment
from evenkeel.store.quota import Charge, check_in_flight, check_size
from evenkeel.store.rules import set_rule


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
            cells: in the order in which their runs with the same seed are to be taken.
            plugins: hash of a cell -> the packages that a worker must have to train it; '' if it needs none. By default
                they are those that this process knows (`requirement_of`).

        Raises QuotaExceeded, KeyReused, ThreadsFixed, or RuleFixed: `rule` differs from the rule of the experiment, and
        runs have finished since. Nothing is stored then.
        """
        post = post or Post()
        with self.database.write() as db:
            if (before := posted_before(self.database, db, name, post)) is not None:
                return before
            experiment_id, paused, changed = self._ensure_experiment(db, name, sharing or Sharing())
            created_ms = now_ms()
            if rule is not None:
                set_rule(db, experiment_id, PostedRule(rule, cells[0].task.name, post.posted_by, created_ms))
            cell_ids = self._ensure_cells(db, experiment_id, cells, plugins or {})
            known = known_seeds(db, experiment_id)
            # Runs are queued seed by seed, so that every cell has a curve early.
            keys = [(cell_ids[cell.hash], seed) for seed in seeds for cell in cells]
            missing = [key for key in keys if key not in known]
            if missing:
                check_size(quota, len(known) + len(missing))
            ids = queue_new(self.database, db, experiment_id, missing, paused, created_ms, post.posted_by)
            ensured = Ensured(ids, len(keys) - len(ids))
            if missing:
                tell_added(db, experiment_id, known, missing, post.posted_by)
            if changed and known:
                tell(db, experiment_id, EventKind.SHARED, shared(changed), post.posted_by)
            note_post(db, post, ensured)
            check_in_flight(db, Charge(post.posted_by, quota), len(ids))
        return ensured

    def _ensure_experiment(self, db: Connection, name: str, sharing: Sharing) -> tuple[int, bool, dict[str, Any]]:
        """(the experiment's id, whether it is paused, what of its sharing was changed). Its row is locked, so that the
        second of two posts at the same time sees the runs of the first."""
        new = self.database.insert(experiments).values(name=name, created_ms=now_ms()).on_conflict_do_nothing()
        existed = db.execute(new.returning(experiments.c.id)).one_or_none() is None
        # Nobody can claim a run of a new one yet.
        if existed and sharing.threads is not None:
            self.database.stop_claims(db)
        found = lock_experiment(db, experiments.c.name == name)
        return found.id, found.paused, set_sharing(db, found.id, sharing)

    def _ensure_cells(
        self, db: Connection, experiment_id: int, wanted: Sequence[Cell], plugins: Mapping[str, str]
    ) -> dict[str, int]:
        """hash -> id of every cell of the experiment."""
        query = select(cells.c.hash, cells.c.id).where(cells.c.experiment_id == experiment_id)
        known = {row.hash: row.id for row in db.execute(query)}
        # Of the runs with the same seed, the one whose cell has the lowest id is taken first.
        new = [cell for cell in wanted if cell.hash not in known]
        if rows := [_cell_row(experiment_id, cell, plugins.get(cell.hash, requirement_of(cell))) for cell in new]:
            give_lanes(db, experiment_id, rows)
            self.database.add(db, cells, rows)
            known = {row.hash: row.id for row in db.execute(query)}
        return known


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
