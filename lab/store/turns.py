"""Whose turn it is: which queued run a free slot takes.

The highest priority first; among equals the experiment with the fewest runs training; among those the one that waited
longest since a run of it was last taken; within it the oldest post, seed by seed. One claim at a time, so that a limit
on an experiment's running runs holds to the run.
"""

import logging
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, text
from sqlalchemy.sql import ColumnElement, Select

from lab.cell import SPEC_VERSION, NewerSpec, RunSpec, read_cell
from lab.datasets import BUNDLED
from lab.records import Taker
from lab.sharing import Device
from lab.status import Status
from lab.store.levels import level_of
from lab.store.schema import cells, experiments, runs

log = logging.getLogger(__name__)

CLAIM_LOCK = 0x45564B4C  # any number, the same for every process


def next_run(db: Connection, taker: Taker, run_id: str | None) -> tuple[Any, RunSpec] | None:
    """The row (id, seed, cell_id, levels, experiment_id) of the run to take, and its spec; None where there is none.

    db: a transaction that writes. A cell that this version cannot read is left to workers that can.
    """
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CLAIM_LOCK})
    query, unreadable = _by_turn(taker, run_id), set[int]()
    while row := db.execute(query.where(runs.c.cell_id.not_in(unreadable))).one_or_none():
        try:
            return row, RunSpec(cell=read_cell(row.levels), seed=row.seed)
        except NewerSpec as error:
            log.warning("cell %d is left to newer workers: %s", row.cell_id, error)
            unreadable.add(row.cell_id)
    return None


def _by_turn(taker: Taker, run_id: str | None) -> Select[Any]:
    load = (
        select(cells.c.experiment_id, func.count().label("running"))
        .select_from(runs)
        .join(cells, cells.c.id == runs.c.cell_id)
        .where(runs.c.status == Status.RUNNING)
        .group_by(cells.c.experiment_id)
        .subquery()
    )
    running = func.coalesce(load.c.running, 0)
    query = (
        select(runs.c.id, runs.c.seed, runs.c.cell_id, cells.c.levels, cells.c.experiment_id)
        .join(cells, cells.c.id == runs.c.cell_id)
        .join(experiments, experiments.c.id == cells.c.experiment_id)
        .outerjoin(load, load.c.experiment_id == experiments.c.id)
        .where(runs.c.status == Status.QUEUED, _suits(taker))
        .where(or_(experiments.c.max_running.is_(None), running < experiments.c.max_running))
        .order_by(experiments.c.priority.desc(), running, experiments.c.served_ms)
        .order_by(runs.c.created_ms, runs.c.seed, runs.c.cell_id)
        .limit(1)
    )
    return query if run_id is None else query.where(runs.c.id == run_id)


def _suits(taker: Taker) -> ColumnElement[bool]:
    """Meant for its device, with a dataset that it has, and posted by no newer version than its own."""
    dataset, size = level_of("dataset", str), level_of("image_size", int)
    there = [and_(dataset == name, size == pixels) for name, pixels in taker.prepared]
    return and_(
        experiments.c.device.in_([Device.ANY, taker.kind]),
        cells.c.spec_version <= SPEC_VERSION,
        or_(dataset.in_([str(name) for name in BUNDLED]), *there),
    )
