"""Which queued run a free slot takes.

The highest priority first; among equals the experiment with the fewest runs training; among those the one that waited
longest since a run of it was last taken; within it the oldest post, seed by seed. One claim at a time, so that a limit
on an experiment's running runs holds to the run.
"""

import logging
from typing import Any

from sqlalchemy import Connection, and_, false, func, or_, select, text
from sqlalchemy.sql import ColumnElement, Select

from evenkeel.lab.cell import NewerSpec, RunSpec, read_cell
from evenkeel.lab.sharing import Device
from evenkeel.lab.status import Status
from evenkeel.lab.store.database import Database
from evenkeel.lab.store.schema import SPEC_VERSION, cells, dataset_key, experiments, runs
from evenkeel.lab.workers import Taker

log = logging.getLogger(__name__)

CLAIM_LOCK = 0x45564B4C  # any number, the same for every process


class Scheduler:
    def __init__(self, database: Database) -> None:
        self.database = database

    def choose(self, db: Connection, taker: Taker) -> tuple[Any, RunSpec] | None:
        """The row (id, seed, cell_id, task, levels, experiment_id) of the run to take, and its spec; None where no run
        may be taken.

        db: a transaction that writes. A cell that this version cannot read is left to workers that can.
        """
        if self.database.dialect == "postgresql":
            db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CLAIM_LOCK})
        query, unreadable = _in_order(taker), set[int]()
        while row := db.execute(query.where(runs.c.cell_id.not_in(unreadable))).one_or_none():
            try:
                return row, RunSpec(cell=read_cell(row.task, row.levels), seed=row.seed)
            except NewerSpec as error:
                log.warning("cell %d is left to newer workers: %s", row.cell_id, error)
                unreadable.add(row.cell_id)
        return None


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
        select(runs.c.id, runs.c.seed, runs.c.cell_id, cells.c.task, cells.c.levels, cells.c.experiment_id)
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
