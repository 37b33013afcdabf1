"""Which queued run a free slot takes.

The highest priority first; among equals the experiment with the fewest runs training; among those the one that waited
longest since a run of it was last taken; within it the oldest post, seed by seed. One claim at a time, so that a limit
on an experiment's running runs holds to the run.
"""

import logging
from typing import Any

from cachetools import LRUCache
from sqlalchemy import Connection, and_, false, func, or_, select, tuple_
from sqlalchemy.sql import ColumnElement, Select

from evenkeel.grids.cell import RunSpec, UnreadableCell, read_cell
from evenkeel.grids.sharing import Device
from evenkeel.lab.status import Status
from evenkeel.lab.store.database import Database
from evenkeel.lab.store.schema import SPEC_VERSION, cells, dataset_key, experiments, runs
from evenkeel.lab.workers import Taker

log = logging.getLogger(__name__)

# Cells that this process cannot read, kept in mind so that it looks at each once and not at every claim.
MAX_UNREADABLE = 5_000


class Scheduler:
    def __init__(self, database: Database) -> None:
        self.database = database
        self._unreadable: LRUCache[tuple[int, str], None] = LRUCache(MAX_UNREADABLE)

    def choose(self, db: Connection, taker: Taker) -> tuple[Any, RunSpec] | None:
        """The row (id, seed, cell_id, hash, task, levels, experiment_id, experiment) of the run to take, and its spec;
        None where no run may be taken.

        db: a transaction that writes. A cell that this version cannot read is left to workers that can.
        """
        self.database.stop_claims(db)
        in_order, passed_over = _in_order(taker), set[tuple[int, str]](self._unreadable)
        while True:
            query = in_order.where(_CELL.not_in(passed_over)) if passed_over else in_order
            if (row := db.execute(query).one_or_none()) is None:
                return None
            try:
                return row, RunSpec(cell=read_cell(row.task, row.levels), seed=row.seed)
            except UnreadableCell as error:
                which = f"cell {row.hash} of {row.experiment}"
                log.warning("%s is left to workers that can read it: %s", which, error)
                passed_over.add((row.cell_id, row.hash))
                self._unreadable[row.cell_id, row.hash] = None


# By its hash, too: SQLite gives the id of a deleted cell to the next one.
_CELL = tuple_(cells.c.id, cells.c.hash)


def _in_order(taker: Taker) -> Select[Any]:
    load = (
        select(cells.c.experiment_id, func.count().label("running"))
        .select_from(runs)
        .join(cells, cells.c.id == runs.c.cell_id)
        .where(runs.c.status == Status.RUNNING)
        .group_by(cells.c.experiment_id)
        .subquery()
    )
    running = func.coalesce(load.c.running, 0)
    return (
        select(
            *(runs.c.id, runs.c.seed, runs.c.cell_id, cells.c.hash, cells.c.task, cells.c.levels),
            *(cells.c.experiment_id, experiments.c.name.label("experiment")),
        )
        .select_from(runs)
        .join(cells, cells.c.id == runs.c.cell_id)
        .join(experiments, experiments.c.id == cells.c.experiment_id)
        .outerjoin(load, load.c.experiment_id == experiments.c.id)
        .where(runs.c.status == Status.QUEUED, _suits(taker))
        .where(or_(experiments.c.max_running.is_(None), running < experiments.c.max_running))
        .order_by(experiments.c.priority.desc(), running, experiments.c.served_ms)
        .order_by(runs.c.created_ms, runs.c.seed, runs.c.cell_id)
        .limit(1)
    )


def _suits(taker: Taker) -> ColumnElement[bool]:
    """Meant for its device, with a dataset that it has, of a task that it trains, and posted by no newer version."""
    there = [dataset_key(name, size) for name, size in taker.prepared]
    trained = [and_(cells.c.task == task, cells.c.task_version <= version) for task, version in taker.tasks.items()]
    return and_(
        experiments.c.device.in_([Device.ANY, taker.kind]),
        cells.c.spec_version <= SPEC_VERSION,
        or_(cells.c.needs.is_(None), cells.c.needs.in_(there)),
        or_(false(), *trained),
    )
